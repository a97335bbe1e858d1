using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerfDash.Core.Ingest.Import;

/// <summary>History as newline-delimited JSON: each line an object as <c>POST /performance/jobs/completed</c> takes it, or as a map says.</summary>
internal sealed class NdjsonHistory(string path, ImportMap? map) : HistoryFile(path)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 1000 };
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

    public override async IAsyncEnumerable<HistoryLine> ReadAsync(Action<long> position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = OpenStream(Path);
        var reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        var ids = new ContentIds();
        var line = 0L;
        for (var more = true; more;)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            more = !read.IsCompleted;
            while (TakeLine(ref rest, last: read.IsCompleted, out var bytes))
            {
                line++;
                ReadOnlyMemory<byte> record = bytes.ToArray();
                record = (line == 1 && record.Span.StartsWith(ByteOrderMark) ? record[ByteOrderMark.Length..] : record).Trim(" \t\r"u8);
                if (record.IsEmpty)
                    continue;
                if (map is null && ItemsOf(record) is { } items)
                {
                    foreach (var item in items)
                        yield return Posted(line, item, () => ids.Create(JsonSerializer.SerializeToUtf8Bytes(item)));
                }
                else
                {
                    yield return Read(line, record, ids);
                }
            }

            if (rest.Length > MaxRecordBytes)
                throw new HistoryImportException($"{Path} cannot be read beyond line {line + 1}: it is longer than {MaxRecordBytes >> 20} MB.");
            reader.AdvanceTo(rest.Start, rest.End);
            position(file.Position);
        }

        await reader.CompleteAsync();
    }

    /// <summary>The items of a list as the API answers it, null for anything else.</summary>
    private static List<JsonElement>? ItemsOf(ReadOnlyMemory<byte> record)
    {
        // Looked for first: hardly any line holds it.
        if (!record.Span.StartsWith("{\"items\":["u8))
            return null;
        try
        {
            using var document = JsonDocument.Parse(StorableText.Marked(record.Span), Json);
            return [.. document.RootElement.GetProperty("items").EnumerateArray().Select(item => item.Clone())];
        }
        catch (JsonException)
        {
            // Read as a line, it is refused with the reason.
            return null;
        }
    }

    private static bool TakeLine(ref ReadOnlySequence<byte> rest, bool last, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }

        if (!last || rest.IsEmpty)
            return false;
        line = rest;
        rest = rest.Slice(rest.End);
        return true;
    }

    private HistoryLine Read(long line, ReadOnlyMemory<byte> record, ContentIds ids)
    {
        try
        {
            using var document = JsonDocument.Parse(StorableText.Marked(record.Span), Json);
            var item = document.RootElement;
            return map is null ? Posted(line, item, KeyOfContent) : LineOf(line, () => item.ValueKind == JsonValueKind.Object
                ? map.Read(path => JsonCell.Read(item, path), KeyOfContent)
                : throw new FormatException("must be an object"));
        }
        catch (JsonException e)
        {
            return new HistoryLine(line, null, $"is not JSON: {e.Message}");
        }

        string KeyOfContent() => ids.Create(record.Span);
    }

    /// <summary>A line whose fields have PerfDash's own names, or that PerfDash exported.</summary>
    private static HistoryLine Posted(long line, JsonElement item, Func<string> keyOfContent) =>
        LineOf(line, () => JobReportReader.ReadHistory(item, keyOfContent)) with
        {
            UnknownFields = ExportedJob.Is(item) ? [] : [.. UnknownFields.Find(item, typeof(HistoryJob), Names)],
        };
}
