using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using PerfDash.Core.Ingest.Otlp;

namespace PerfDash.Web.Features.Collection;

/// <summary>Answers of OTLP over HTTP, in the encoding of the request: an <c>ExportTraceServiceResponse</c>, or a <c>google.rpc.Status</c>.</summary>
internal sealed class OtlpResponse
{
    public const string Protobuf = "application/x-protobuf";
    public const string Json = "application/json";

    // Of google.rpc.Code.
    private const int InvalidArgument = 3;
    private const int ResourceExhausted = 8;

    private OtlpResponse(bool isJson) => IsJson = isJson;

    /// <summary>JSON; else protobuf.</summary>
    public bool IsJson { get; }

    /// <summary>Answers for a request of a content type; null where the type is neither.</summary>
    public static OtlpResponse? In(string? contentType) => !MediaTypeHeaderValue.TryParse(contentType, out var type) ? null
        : type.MediaType.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? new OtlpResponse(isJson: false)
        : type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase) ? new OtlpResponse(isJson: true)
        : null;

    /// <summary>200.</summary>
    public Utf8ContentHttpResult Stored(OtlpRejection rejected)
    {
        if (rejected.Count == 0)
            return Body(StatusCodes.Status200OK, IsJson ? "{}"u8.ToArray() : []);
        if (IsJson)
        {
            // A 64-bit integer is text in protobuf's JSON.
            var count = rejected.Count.ToString(CultureInfo.InvariantCulture);
            return Body(StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(new { partialSuccess = new { rejectedSpans = count, errorMessage = rejected.Error } }));
        }

        return Body(StatusCodes.Status200OK, Field(1, [.. Field(1, rejected.Count), .. Field(2, Encoding.UTF8.GetBytes(rejected.Error!))]));
    }

    /// <summary>A status of a request that nothing was stored of.</summary>
    public Utf8ContentHttpResult Refused(int status, string message)
    {
        var code = status == StatusCodes.Status413PayloadTooLarge ? ResourceExhausted : InvalidArgument;
        return Body(status, IsJson ? JsonSerializer.SerializeToUtf8Bytes(new { code, message }) : [.. Field(1, code), .. Field(2, Encoding.UTF8.GetBytes(message))]);
    }

    private Utf8ContentHttpResult Body(int status, byte[] body) => TypedResults.Text(body, IsJson ? Json : Protobuf, status);

    private static byte[] Field(int number, byte[] bytes) => [(byte)((number << 3) | 2), .. Varint(bytes.Length), .. bytes];

    private static byte[] Field(int number, int value) => [(byte)(number << 3), .. Varint(value)];

    private static IEnumerable<byte> Varint(int value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }
}
