using System.Runtime.CompilerServices;
using System.Text.Unicode;
using CsvHelper;

namespace PerfDash.Core.Ingest.Import;

/// <summary>History as CSV: RFC 4180, with a header line, in UTF-8 or what its byte order mark says.</summary>
internal sealed class CsvHistory : HistoryFile
{
    private readonly ImportMap _map = new();
    private readonly IReadOnlyList<string> _header;
    private readonly bool _isExport;
    private readonly CsvReaderOptions _options;
    private readonly Dictionary<string, int> _columns;
    private readonly int _columnCount;

    private CsvHistory(string path, ImportMap? map, CsvReaderOptions options, IReadOnlyList<string> header)
        : base(path)
    {
        _options = options;
        _header = header;
        _columnCount = header.Count;
        _isExport = map is null && ExportedJob.Is(header);
        if (!_isExport)
            (_map, IgnoredColumns) = map is null ? PostedColumns.MapOf(header) : (map, []);
        _columns = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (field, column) in _map.Columns)
        {
            var at = Enumerable.Range(0, header.Count).Where(i => header[i] == column).ToList();
            _columns[column] = at switch
            {
                [var index] => index,
                [] => throw new HistoryImportException($"{path} has no column {column}, which the map uses for {field}. The columns are {ColumnsText(header)}."),
                _ => throw new HistoryImportException($"{path} has {at.Count} columns named {column}; {field} needs exactly one."),
            };
        }
    }

    // The first line of a file that is no CSV can be long.
    private static string ColumnsText(IReadOnlyList<string> header) =>
        string.Join(", ", header.Take(30).Select(name => name.Length > 40 ? name[..40] + "…" : name)) + (header.Count > 30 ? $" and {header.Count - 30} more" : "");

    public static async Task<CsvHistory> ReadHeaderAsync(string path, ImportMap? map, CancellationToken cancellationToken)
    {
        try
        {
            var options = CsvReaderOptions.Default with { Separator = map?.Separator, MaxRecordSize = MaxRecordBytes, TrackLineNumbers = true };
            await using var csv = CsvReader.Create(OpenStream(path), options);
            await csv.ReadHeaderAsync(cancellationToken);
            string[] header = [.. csv.Headers.Select(h => h.Trim())];
            return header.Length == 0
                ? throw new HistoryImportException($"{path} is empty. A CSV file must start with a header line.")
                : new CsvHistory(path, map, options, header);
        }
        catch (CsvFormatException e)
        {
            throw new HistoryImportException($"The header line of {path} cannot be read: {e.Message}", e);
        }
    }

    public override async IAsyncEnumerable<HistoryLine> ReadAsync(Action<long> position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = OpenStream(Path);
        CsvMalformedReason? malformed = null;
        await using var csv = CsvReader.Create(file, _options with { OnMalformedRecord = record => malformed = record.Reason }, leaveOpen: true);
        var ids = new ContentIds();
        while (await NextAsync())
        {
            yield return LineOf(csv.LineNumber, () => Read(csv, malformed, ids));
            malformed = null;
            position(file.Position);
        }

        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await csv.ReadAsync(cancellationToken);
            }
            catch (CsvFormatException e)
            {
                throw new HistoryImportException($"{Path} cannot be read beyond line {e.LineNumber}: {e.Message}", e);
            }
        }
    }

    private JobReport Read(CsvReader csv, CsvMalformedReason? malformed, ContentIds ids)
    {
        if (malformed == CsvMalformedReason.UnterminatedQuote)
            throw new FormatException("an opening quote is never closed");
        if (malformed == CsvMalformedReason.TextAfterClosingQuote)
            throw new FormatException("text follows a closing quote; write a quote inside a quoted field twice");
        if (csv.FieldCount != _columnCount)
            throw new FormatException($"has {csv.FieldCount} fields, but the header has {_columnCount}");
        if (!Utf8.IsValid(csv.RawRecord))
            throw new FormatException("is not valid UTF-8");
        if (_isExport)
            return ExportedJob.Read(ExportedJob.FromCells(_header, csv.GetString));
        return _map.Read(column => csv.GetString(_columns[column]), () => ids.Create(csv.RawRecord));
    }
}
