using System.Globalization;
using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Core.Sources;

/// <summary>The files that a job of a source made: they stay on the server and are shown through PerfDash.</summary>
public sealed class JobOutputs
{
    private const int MaxOutputs = 200;

    // By ending, never by what the server says: nothing from it may run in a browser.
    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".gif"] = "image/gif",
        [".avif"] = "image/avif",
        [".mp4"] = "video/mp4",
        [".webm"] = "video/webm",
    };

    /// <summary>Endings of the names of images, with their dots.</summary>
    internal static readonly string[] ImageEndings = [.. ContentTypes.Where(t => JobOutput.IsImageType(t.Value)).Select(t => t.Key)];

    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly SourceSettingsStore _store;

    internal JobOutputs(IDbContextFactory<PerfDashDbContext> contexts, SourceSettingsStore store) => (_contexts, _store) = (contexts, store);

    /// <summary>The files in the order made; empty where the job is none of a source that is still there.</summary>
    // Plan: the job by its key.
    public async Task<IReadOnlyList<JobOutput>> ListAsync(long jobId, CancellationToken cancellationToken) => (await FindAsync(jobId, cancellationToken)).Outputs;

    /// <summary>Opens a file; null where there is none that can be shown. The caller disposes it.</summary>
    /// <param name="index">Of the file in the list, from 0.</param>
    public async Task<OpenedOutput?> OpenAsync(long jobId, int index, CancellationToken cancellationToken)
    {
        var (sourceId, outputs) = await FindAsync(jobId, cancellationToken);
        if (sourceId is null || outputs.ElementAtOrDefault(index) is not { ContentType: { } contentType } output)
            return null;
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await context.Sources.FirstOrDefaultAsync(s => s.Id == sourceId && s.DeletedAt == null, cancellationToken) is not { } source || _store.Find(source, out _)?.Endpoint(out _) is not { } endpoint)
            return null;
        var client = new ComfyUiClient(endpoint);
        try
        {
            return new OpenedOutput(client, await client.OpenViewAsync(output.Filename, output.Subfolder, "output", cancellationToken), contentType, output.IsVideo);
        }
        catch (ComfyUiException)
        {
            // The server is away, or the file is gone: there is nothing to show.
            client.Dispose();
            return null;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private async Task<(long? SourceId, IReadOnlyList<JobOutput> Outputs)> FindAsync(long jobId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.Database.SqlQuery<OutputRow>(
            $"""
            SELECT external_id, (result::jsonb -> 'outputs')::text AS outputs FROM jobs
            WHERE id = {jobId} AND starts_with(external_id, {PromptJob.KeyPrefix}) AND jsonb_typeof(result::jsonb -> 'outputs') = 'array'
            """).ToListAsync(cancellationToken);
        if (rows is not [var row] || !long.TryParse(row.ExternalId.Split(':')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var sourceId)
            || !await context.Sources.AnyAsync(s => s.Id == sourceId && s.DeletedAt == null, cancellationToken))
            return (null, []);
        return (sourceId, ParseAll(row.Outputs));
    }

    /// <summary>The files of a JSON array, in its order, without those that cannot be asked for.</summary>
    internal static IReadOnlyList<JobOutput> ParseAll(string outputs)
    {
        using var json = JsonDocument.Parse(outputs);
        return [.. json.RootElement.EnumerateArray().Take(MaxOutputs).Select(Parse).OfType<JobOutput>()];
    }

    // Any program may have written it.
    private static JobOutput? Parse(JsonElement output)
    {
        if (output.Field("filename")?.Text() is not { Length: > 0 } filename || output.Field("type")?.Text() is not "output")
            return null;
        var subfolder = output.Field("subfolder")?.Text() ?? "";
        if ((subfolder + "/" + filename).Split('/', '\\').Contains(".."))
            return null;
        return new JobOutput(filename, subfolder, ContentTypes.GetValueOrDefault(Path.GetExtension(filename)));
    }

    private sealed record OutputRow(string ExternalId, string Outputs);
}

/// <summary>A file that a job made.</summary>
/// <param name="Filename">Its name on the server.</param>
/// <param name="Subfolder">Its folder there, below that of outputs; empty for none.</param>
/// <param name="ContentType">How it can be shown; null where it cannot.</param>
public sealed record JobOutput(string Filename, string Subfolder, string? ContentType)
{
    /// <summary>Whether it is an image, still or animated.</summary>
    public bool IsImage => IsImageType(ContentType);

    /// <summary>Whether it is a video; an animated image is none.</summary>
    public bool IsVideo => ContentType?.StartsWith("video/", StringComparison.Ordinal) == true;

    internal static bool IsImageType(string? contentType) => contentType?.StartsWith("image/", StringComparison.Ordinal) == true;
}

/// <summary>A file that is being read from its server.</summary>
public sealed class OpenedOutput : IDisposable
{
    private const long MaxImageBytes = 64L * 1024 * 1024;
    private const long MaxVideoBytes = 1024L * 1024 * 1024;

    private readonly ComfyUiClient _client;
    private readonly HttpResponseMessage _response;
    private readonly long _maxBytes;

    internal OpenedOutput(ComfyUiClient client, HttpResponseMessage response, string contentType, bool isVideo) =>
        (_client, _response, ContentType, _maxBytes) = (client, response, contentType, isVideo ? MaxVideoBytes : MaxImageBytes);

    /// <summary>What a browser is to take it for.</summary>
    public string ContentType { get; }

    /// <summary>Bytes, where the server says; null where it does not.</summary>
    public long? Length => _response.Content.Headers.ContentLength;

    /// <summary>Whether it is larger than is passed on.</summary>
    public bool IsTooLarge => Length > _maxBytes;

    /// <summary>Passes it on.</summary>
    /// <exception cref="InvalidOperationException">It turned out to be larger than is passed on.</exception>
    public async Task CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        await using var stream = await _response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[81920];
        for (var all = 0L; ;)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0)
                return;
            all += read;
            if (all > _maxBytes)
                throw new InvalidOperationException($"The file is larger than {_maxBytes / 1024 / 1024} MB.");
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    public void Dispose()
    {
        _response.Dispose();
        _client.Dispose();
    }
}
