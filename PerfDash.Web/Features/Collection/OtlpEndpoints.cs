using System.IO.Compression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using PerfDash.Core.Ingest.Otlp;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Collection;

/// <summary>
/// <c>POST /v1/traces</c>: OTLP over HTTP, as https://opentelemetry.io/docs/specs/otlp/#otlphttp has it. Not in the OpenAPI document:
/// that specification describes it.
/// </summary>
internal static class OtlpEndpoints
{
    /// <summary>Maps it.</summary>
    public static void MapOtlp(this IEndpointRouteBuilder routes)
    {
        var otlp = routes.MapGroup(PerfDashUrls.Otlp).WithResponses();
        otlp.MapPost("/traces", StoreSpansAsync).RequireAuthorization(Policies.Ingest).ExcludeFromDescription().DisableAntiforgery();
        routes.MapGroup(PerfDashUrls.Otlp).MapUnknown();
    }

    private static async Task<IResult> StoreSpansAsync(HttpRequest request, OtlpSpans store, IOptions<ApiOptions> options, CancellationToken cancellationToken)
    {
        if (OtlpResponse.In(request.ContentType) is not { } answer)
        {
            return TypedResults.Problem(
                $"This route takes {OtlpResponse.Protobuf} or {OtlpResponse.Json}, {(request.ContentType is { Length: > 0 } type ? $"not {type}" : "and the request names no content type")}.",
                statusCode: StatusCodes.Status415UnsupportedMediaType);
        }

        var encoding = request.Headers[HeaderNames.ContentEncoding].ToString();
        if (encoding.ToUpperInvariant() is not ("" or "IDENTITY" or "GZIP"))
            return TypedResults.Problem($"This route takes bodies that are plain or gzip, not {encoding}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        List<OtlpSpan> spans;
        try
        {
            using var body = await ReadAsync(request, encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase), options.Value.MaxRequestBytes, cancellationToken);
            var bytes = body.GetBuffer().AsSpan(0, (int)body.Length);
            spans = answer.IsJson ? OtlpJson.Read(bytes) : OtlpProtobuf.Read(bytes);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            return answer.Refused(StatusCodes.Status400BadRequest, $"The body is not an ExportTraceServiceRequest: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            // Larger than the server takes, or cut off.
            return answer.Refused(e.StatusCode, e.Message);
        }

        return answer.Stored(await store.StoreAsync(spans, cancellationToken));
    }

    private static async Task<MemoryStream> ReadAsync(HttpRequest request, bool isGzip, long limit, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        if (!isGzip)
        {
            await request.Body.CopyToAsync(bytes, cancellationToken);
            return bytes;
        }

        // What is sent is limited by the server; what comes out of it is not.
        await using var plain = new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
        var buffer = new byte[81_920];
        while (await plain.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (bytes.Length + read > limit)
                throw new BadHttpRequestException($"The body is larger than {limit} bytes when it is decompressed.", StatusCodes.Status413PayloadTooLarge);
            bytes.Write(buffer, 0, read);
        }

        return bytes;
    }
}
