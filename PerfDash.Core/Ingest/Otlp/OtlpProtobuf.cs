namespace PerfDash.Core.Ingest.Otlp;

/// <summary>
/// Reads an <c>ExportTraceServiceRequest</c> in protobuf. Numbers of fields are those of
/// https://github.com/open-telemetry/opentelemetry-proto, whose released fields never change.
/// </summary>
public static class OtlpProtobuf
{
    /// <summary>All spans of a request.</summary>
    /// <exception cref="FormatException">It is no such message; the message says why.</exception>
    public static List<OtlpSpan> Read(ReadOnlySpan<byte> body)
    {
        var spans = new List<OtlpSpan>();
        var reader = new ProtobufReader(body);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                ReadResourceSpans(reader.ReadBytes(), spans);
            else
                reader.Skip(tag);
        }

        return spans;
    }

    private static void ReadResourceSpans(ReadOnlySpan<byte> message, List<OtlpSpan> spans)
    {
        // Fields may stand in any order: the resource is looked for first.
        var resource = new Dictionary<string, object>(StringComparer.Ordinal);
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                ReadResource(reader.ReadBytes(), resource);
            else
                reader.Skip(tag);
        }

        var worker = OtlpAttributes.WorkerOf(resource);
        reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(2))
                ReadScopeSpans(reader.ReadBytes(), worker, spans);
            else
                reader.Skip(tag);
        }
    }

    private static void ReadResource(ReadOnlySpan<byte> message, Dictionary<string, object> attributes)
    {
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                ReadAttribute(reader.ReadBytes(), attributes, name => OtlpAttributes.OfWorker.Contains(name));
            else
                reader.Skip(tag);
        }
    }

    private static void ReadScopeSpans(ReadOnlySpan<byte> message, string? worker, List<OtlpSpan> spans)
    {
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(2))
                spans.Add(ReadSpan(reader.ReadBytes(), worker));
            else
                reader.Skip(tag);
        }
    }

    private static OtlpSpan ReadSpan(ReadOnlySpan<byte> message, string? worker)
    {
        var (traceId, spanId, parent, name) = ("", "", "", "");
        var (start, end) = (0UL, 0UL);
        (bool IsError, string? Message) status = (false, null);
        var attributes = new Dictionary<string, object>(StringComparer.Ordinal);
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                traceId = Convert.ToHexStringLower(reader.ReadBytes());
            else if (tag == ProtobufReader.Bytes(2))
                spanId = Convert.ToHexStringLower(reader.ReadBytes());
            else if (tag == ProtobufReader.Bytes(4))
                parent = Convert.ToHexStringLower(reader.ReadBytes());
            else if (tag == ProtobufReader.Bytes(5))
                name = reader.ReadText();
            else if (tag == ProtobufReader.EightBytes(7))
                start = reader.ReadFixed64();
            else if (tag == ProtobufReader.EightBytes(8))
                end = reader.ReadFixed64();
            else if (tag == ProtobufReader.Bytes(9))
                ReadAttribute(reader.ReadBytes(), attributes, key => key.StartsWith(OtlpAttributes.Prefix, StringComparison.Ordinal));
            else if (tag == ProtobufReader.Bytes(15))
                status = ReadStatus(reader.ReadBytes());
            else
                reader.Skip(tag);
        }

        return new OtlpSpan
        {
            TraceId = traceId,
            SpanId = spanId,
            ParentSpanId = OtlpSpan.Parent(parent),
            Name = name,
            StartNano = start,
            EndNano = end,
            IsError = status.IsError,
            StatusMessage = status.Message,
            Attributes = attributes,
            ResourceWorker = worker,
        };
    }

    private static (bool IsError, string? Message) ReadStatus(ReadOnlySpan<byte> message)
    {
        (bool IsError, string? Message) status = (false, null);
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(2))
                status.Message = reader.ReadText();
            else if (tag == ProtobufReader.Number(3))
                status.IsError = reader.ReadVarint() == 2;
            else
                reader.Skip(tag);
        }

        return status;
    }

    private static void ReadAttribute(ReadOnlySpan<byte> message, Dictionary<string, object> attributes, Predicate<string> isRead)
    {
        var name = "";
        object? value = null;
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                name = reader.ReadText();
            else if (tag == ProtobufReader.Bytes(2))
                value = ReadValue(reader.ReadBytes());
            else
                reader.Skip(tag);
        }

        if (value is not null && isRead(name))
            attributes[name] = value;
    }

    /// <summary>Text, bool, long or double; null for lists, maps and bytes.</summary>
    private static object? ReadValue(ReadOnlySpan<byte> message)
    {
        object? value = null;
        var reader = new ProtobufReader(message);
        while (reader.ReadTag() is > 0 and var tag)
        {
            if (tag == ProtobufReader.Bytes(1))
                value = reader.ReadText();
            else if (tag == ProtobufReader.Number(2))
                value = reader.ReadVarint() != 0;
            else if (tag == ProtobufReader.Number(3))
                value = (long)reader.ReadVarint();
            else if (tag == ProtobufReader.EightBytes(4))
                value = BitConverter.UInt64BitsToDouble(reader.ReadFixed64());
            else
                reader.Skip(tag);
        }

        return value;
    }
}
