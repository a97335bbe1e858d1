using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using MudBlazor;
using PerfDash.Core.Search;

namespace PerfDash.Web.Layout;

/// <summary>Finds a page, a workflow, a worker or a job by name. Arrow keys move through the list, Enter opens.</summary>
public sealed partial class SearchDialog(SearchQueries search, TimeProvider time, ILogger<SearchDialog> logger) : IDisposable
{
    private const int Limit = 8;

    // Typing faster than this asks the database once.
    private static readonly TimeSpan Typing = TimeSpan.FromMilliseconds(150);

    private CancellationTokenSource _searching = new();
    private Task _finding = Task.CompletedTask;
    private IReadOnlyList<SearchTarget> _targets = PagesNamed("");
    private string? _error;
    private int _active;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    public void Dispose()
    {
        _searching.Cancel();
        _searching.Dispose();
    }

    private static IReadOnlyList<SearchTarget> PagesNamed(string text) =>
        [.. Destination.All.Where(p => p.Title.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(SearchTarget.From)];

    private Task Search(ChangeEventArgs typed)
    {
        _searching.Cancel();
        _searching.Dispose();
        _searching = new CancellationTokenSource();
        return _finding = FindAsync(typed.Value?.ToString()?.Trim() ?? "", _searching.Token);
    }

    private async Task FindAsync(string text, CancellationToken replaced)
    {
        try
        {
            IReadOnlyList<SearchTarget> targets = PagesNamed(text);
            string? error = null;
            if (text.Length > 0)
            {
                await Task.Delay(Typing, time, replaced);
                try
                {
                    targets = [.. targets, .. (await search.FindAsync(text, Limit, replaced)).Select(SearchTarget.From)];
                }
                catch (Exception e) when (PageFailure.Is(e) && !replaced.IsCancellationRequested)
                {
                    error = PageFailure.Report(e, logger);
                }
            }

            replaced.ThrowIfCancellationRequested();
            (_targets, _error, _active) = (targets, error, 0);
        }
        catch (OperationCanceledException) when (replaced.IsCancellationRequested)
        {
            // Another letter was typed, or the dialog was closed.
        }
    }

    private async Task PressAsync(KeyboardEventArgs pressed)
    {
        switch (pressed.Key)
        {
            case "ArrowDown":
                _active = Math.Min(_active + 1, Math.Max(_targets.Count - 1, 0));
                break;
            case "ArrowUp":
                _active = Math.Max(_active - 1, 0);
                break;
            case "Enter":
                // Of what was typed last, not of what was found before it.
                await _finding;
                if (_active < _targets.Count)
                    Choose(_targets[_active]);
                break;
        }
    }

    private void Choose(SearchTarget target) => Dialog.Close(DialogResult.Ok(target));
}
