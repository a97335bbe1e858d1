using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace PerfDash.Core.Ingest.Import;

/// <summary>History as newline-delimited JSON: each line an object as <c>POST /performance/jobs/completed</c> takes it, or as a map says.</summary>
internal sealed class NdjsonHistory(string path, ImportMap? map) : HistoryFile(path)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 1000 };

    /// <inheritdoc />
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
                        yield return LineOf(line, () => JobReportReader.ReadHistory(item, () => ids.Of(JsonSerializer.SerializeToUtf8Bytes(item))));
                }
                else
                {
                    yield return LineOf(line, () => Read(record, ids));
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

    private JobReport Read(ReadOnlyMemory<byte> record, ContentIds ids)
    {
        try
        {
            using var document = JsonDocument.Parse(StorableText.Marked(record.Span), Json);
            var item = document.RootElement;
            return map is null ? JobReportReader.ReadHistory(item, KeyOfContent)
                : item.ValueKind == JsonValueKind.Object ? map.Read(path => JsonCell.Read(item, path), KeyOfContent)
                : throw new FormatException("must be an object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"is not JSON: {e.Message}", e);
        }

        string KeyOfContent() => ids.Of(record.Span);
    }
}
