using System.Runtime.CompilerServices;
using PerfDash.Core.Sources.ComfyUi.Prompts;
using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>
/// Reads the history of a server: all of it after a connect, then its end. Entries that were passed on are known by id and start,
/// because an id can be used again: the entry of the later run then stands at the place of the first.
/// </summary>
internal sealed class PromptHistory(ComfyUiClient client)
{
    private const int Page = 50;
    private const int LastPage = 20;
    private const int Overlap = 5;

    // Twice what a server keeps.
    private const int MaxKnown = 20_000;

    private readonly HashSet<(string Id, long? StartMs)> _known = [];
    private readonly Queue<(string Id, long? StartMs)> _oldest = new();
    private bool _isComplete;
    private bool _hasLostAll;

    /// <summary>Entries that were too large to be read, since the start.</summary>
    public int SkippedCount { get; private set; }

    /// <summary>The connection was lost: what happened meanwhile may lie anywhere.</summary>
    public void MarkIncomplete() => _isComplete = false;

    /// <summary>Says that an entry was passed on.</summary>
    public void MarkKnown(FinishedPrompt prompt)
    {
        if (!_known.Add((prompt.Prompt.Id, prompt.StartMs)))
            return;
        _oldest.Enqueue((prompt.Prompt.Id, prompt.StartMs));
        if (_oldest.Count > MaxKnown)
            _known.Remove(_oldest.Dequeue());
    }

    /// <summary>
    /// Whether the last complete reading found nothing of what was known: the server was restarted, or somebody cleared its history. Returned once.
    /// </summary>
    public bool TakeLostAll()
    {
        var hasLostAll = _hasLostAll;
        _hasLostAll = false;
        return hasLostAll;
    }

    /// <summary>Entries that were not passed on yet, in parts; the caller marks them before it asks for the next part.</summary>
    public async IAsyncEnumerable<IReadOnlyList<FinishedPrompt>> ReadNewAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_isComplete)
        {
            var last = await ReadAsync(LastPage, null, cancellationToken);
            IReadOnlyList<FinishedPrompt> fresh = [.. last.Prompts.Where(IsNew)];
            // Else there may be more before these.
            if (last.Count < last.Asked || fresh.Count < last.Count)
            {
                if (fresh.Count > 0)
                    yield return fresh;
                yield break;
            }
        }

        string? first = null;
        _hasLostAll = _known.Count > 0;
        for (var offset = 0; ;)
        {
            var page = await ReadAsync(Page, offset, cancellationToken);
            IReadOnlyList<FinishedPrompt> fresh = [.. page.Prompts.Where(IsNew)];
            _hasLostAll &= fresh.Count == page.Prompts.Count;
            if (fresh.Count > 0)
                yield return fresh;
            // A server too old to know the offset answers the same again and again.
            if (page.Count < page.Asked || (page.FirstId is { } id && id == first))
                break;
            first = page.FirstId;
            // Where history is full its beginning is forgotten while it is read, and the rest moves forward.
            offset += Math.Max(1, page.Count - Overlap);
        }

        _isComplete = true;
    }

    /// <summary>The entry of one prompt; null where history has none.</summary>
    public async Task<FinishedPrompt?> FindAsync(string promptId, CancellationToken cancellationToken)
    {
        using var answer = await client.GetHistoryEntryAsync(promptId, cancellationToken);
        return answer.RootElement.Field(promptId) is { } entry ? FinishedPrompt.Parse(promptId, entry) : null;
    }

    public bool IsNew(FinishedPrompt prompt) => !_known.Contains((prompt.Prompt.Id, prompt.StartMs));

    /// <summary>A page, smaller where an answer would be too large; one entry that is too large alone is left out.</summary>
    private async Task<HistoryPage> ReadAsync(int asked, int? offset, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var answer = await client.GetHistoryAsync(asked, offset, cancellationToken);
                var entries = answer.RootElement.Fields().ToList();
                return new HistoryPage([.. entries.Select(entry => FinishedPrompt.Parse(entry.Name, entry.Value)).OfType<FinishedPrompt>()], entries.Count, asked, entries.Count > 0 ? entries[0].Name : null);
            }
            catch (ComfyUiException e) when (e.Kind == ComfyUiFailure.TooLarge)
            {
                if (asked == 1)
                {
                    SkippedCount++;
                    return new HistoryPage([], 1, 1, null);
                }

                asked /= 2;
            }
        }
    }

    private sealed record HistoryPage(IReadOnlyList<FinishedPrompt> Prompts, int Count, int Asked, string? FirstId);
}
