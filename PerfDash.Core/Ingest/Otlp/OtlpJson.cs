using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Ingest.Otlp;

/// <summary>
/// Reads an <c>ExportTraceServiceRequest</c> in OTLP's JSON: ids as hexadecimal digits, 64-bit integers as text or numbers.
/// See https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
/// </summary>
public static class OtlpJson
{
    // A field that is nested too deeply is skipped like any other that is not read.
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = 10_000 };

    /// <summary>All spans of a request.</summary>
    /// <exception cref="FormatException">It is no such message; the message says why.</exception>
    public static List<OtlpSpan> Read(ReadOnlySpan<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(StorableText.Marked(body), AnyDepth);
            return ReadRequest(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    private static List<OtlpSpan> ReadRequest(JsonElement request)
    {
        if (request.ValueKind != JsonValueKind.Object)
            throw new FormatException("the request must be an object");
        var spans = new List<OtlpSpan>();
        foreach (var resourceSpans in Items(request, "resourceSpans"))
        {
            var resource = Child(resourceSpans, "resource") is { } given ? ReadAttributes(given, name => OtlpAttributes.OfWorker.Contains(name)) : [];
            var worker = OtlpAttributes.WorkerOf(resource);
            foreach (var scopeSpans in Items(resourceSpans, "scopeSpans"))
                spans.AddRange(Items(scopeSpans, "spans").Select(span => ReadSpan(span, worker)));
        }

        return spans;
    }

    private static OtlpSpan ReadSpan(JsonElement span, string? worker)
    {
        var status = Child(span, "status");
        return new OtlpSpan
        {
            TraceId = Id(span, "traceId"),
            SpanId = Id(span, "spanId"),
            ParentSpanId = OtlpSpan.Parent(Id(span, "parentSpanId")),
            Name = Text(span, "name") ?? "",
            StartNano = Nano(span, "startTimeUnixNano"),
            EndNano = Nano(span, "endTimeUnixNano"),
            IsError = status is { } s && Given(s, "code") switch
            {
                { ValueKind: JsonValueKind.Number } code => code.TryGetInt32(out var number) && number == 2,
                { ValueKind: JsonValueKind.String } code => code.ValueEquals("STATUS_CODE_ERROR"),
                _ => false,
            },
            StatusMessage = status is { } said ? Text(said, "message") : null,
            Attributes = ReadAttributes(span, name => name.StartsWith(OtlpAttributes.Prefix, StringComparison.Ordinal)),
            ResourceWorker = worker,
        };
    }

    private static Dictionary<string, object> ReadAttributes(JsonElement owner, Predicate<string> isRead)
    {
        var attributes = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var attribute in Items(owner, "attributes"))
        {
            if (Text(attribute, "key") is { } name && isRead(name) && Child(attribute, "value") is { } value && ReadValue(value) is { } scalar)
                attributes[name] = scalar;
        }

        return attributes;
    }

    /// <summary>Text, bool, long or double; null for lists, maps and bytes.</summary>
    private static object? ReadValue(JsonElement value)
    {
        if (Text(value, "stringValue") is { } text)
            return text;
        if (Given(value, "boolValue") is { ValueKind: JsonValueKind.True or JsonValueKind.False } flag)
            return flag.GetBoolean();
        if (Given(value, "intValue") is { } integer)
            return long.TryParse(Scalar(integer, "intValue"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("intValue must be a 64-bit integer");
        if (Given(value, "doubleValue") is { } real)
            return double.TryParse(Scalar(real, "doubleValue"), CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException("doubleValue must be a number");
        return null;
    }

    private static ulong Nano(JsonElement span, string field) => Given(span, field) switch
    {
        null => 0,
        { } value => ulong.TryParse(Scalar(value, field), NumberStyles.None, CultureInfo.InvariantCulture, out var nano) ? nano : throw new FormatException($"{field} must be a whole number of nanoseconds"),
    };

    private static string Id(JsonElement span, string field) => Text(span, field)?.ToLowerInvariant() ?? "";

    private static string Scalar(JsonElement value, string field) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => throw new FormatException($"{field} must be a number, or one as text"),
    };

    private static string? Text(JsonElement item, string field) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => throw new FormatException($"{field} must be text"),
    };

    private static JsonElement? Child(JsonElement item, string field) => Given(item, field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => value,
        _ => throw new FormatException($"{field} must be an object"),
    };

    private static List<JsonElement> Items(JsonElement item, string field)
    {
        if (Given(item, field) is not { } array)
            return [];
        if (array.ValueKind != JsonValueKind.Array || array.EnumerateArray().Any(element => element.ValueKind != JsonValueKind.Object))
            throw new FormatException($"{field} must be an array of objects");
        return [.. array.EnumerateArray()];
    }

    private static JsonElement? Given(JsonElement item, string field) => JobReportReader.Given(item, field);
}
