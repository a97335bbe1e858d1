using System.Text.Json;

namespace PerfDash.Core.Ingest.Import;

/// <summary>A file of history that was looked at and can be used: CSV with a header line, or newline-delimited JSON.</summary>
public abstract class HistoryFile
{
    /// <summary>A record larger than this is none: a quote was opened and never closed, or it is no text at all.</summary>
    internal const int MaxRecordBytes = 16 << 20;

    private const int MaxMapBytes = 1 << 20;

    /// <summary>Opened before.</summary>
    private protected HistoryFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Its size in bytes.</summary>
    public long Length { get; }

    /// <summary>Columns of a CSV without map that say nothing to PerfDash.</summary>
    public IReadOnlyList<string> IgnoredColumns { get; private protected init; } = [];

    /// <summary>
    /// Looks at a file: by its name (<c>.csv</c>; <c>.ndjson</c>, <c>.jsonl</c>, <c>.json</c>), else by its first character.
    /// </summary>
    /// <param name="map">Says which column is what; null where the columns have PerfDash's own names.</param>
    /// <exception cref="HistoryImportException">The file cannot be read, or the map does not fit it.</exception>
    public static async Task<HistoryFile> OpenAsync(string path, ImportMap? map, CancellationToken cancellationToken)
    {
        try
        {
            var first = await FirstCharacterAsync(path, cancellationToken);
            var json = System.IO.Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".csv" => false,
                ".ndjson" or ".jsonl" or ".json" => true,
                _ => first is '{' or '[',
            };
            if (!json)
                return await CsvHistory.ReadHeaderAsync(path, map, cancellationToken);
            if (first == '[')
                throw new HistoryImportException($"{path} is a single JSON array. Write one object per line instead, for example with jq -c '.[]'.");
            if (await IsOneObjectAsync(path, cancellationToken))
                throw new HistoryImportException($"{path} is a single JSON object over several lines, not history with one object per line. If it is a map, use: ./perfdash import FILE --map {path}");
            return new NdjsonHistory(path, map);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HistoryImportException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads it from the start, record by record.</summary>
    /// <param name="position">Receives how many bytes were read so far.</param>
    /// <exception cref="HistoryImportException">It cannot be read any further.</exception>
    public abstract IAsyncEnumerable<HistoryLine> ReadAsync(Action<long> position, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading from start to end.</summary>
    private protected static FileStream OpenStream(string path) => new(
        path, new FileStreamOptions { Options = FileOptions.Asynchronous | FileOptions.SequentialScan, BufferSize = 0 });

    /// <summary>The line a record makes, or why it is refused.</summary>
    private protected static HistoryLine LineOf(long line, Func<JobReport> read)
    {
        try
        {
            return new HistoryLine(line, read(), null);
        }
        catch (FormatException e)
        {
            return new HistoryLine(line, null, e.Message);
        }
    }

    /// <summary>Whether the file as a whole is what its first line only begins: a map given in place of the history, as a rule.</summary>
    private static async Task<bool> IsOneObjectAsync(string path, CancellationToken cancellationToken)
    {
        if (new FileInfo(path).Length > MaxMapBytes)
            return false;
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        return !IsJson(text.TrimStart().Split('\n')[0]) && IsJson(text);
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, ImportMapReader.Json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<char?> FirstCharacterAsync(string path, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(path);
        var start = new char[4096];
        var length = await reader.ReadBlockAsync(start, cancellationToken);
        return start.AsSpan(0, length).TrimStart() is [var first, ..] ? first : null;
    }
}
