using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace PerfDash.Web.Api.Responses;

/// <summary>A 200 with a weak entity tag of its bytes (they may be compressed on their way), or 304 where the caller has these bytes already.</summary>
internal sealed class ETagResult(byte[] body, string contentType) : IResult
{
    private const int TagBytes = 16;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var tag = new EntityTagHeaderValue($"\"{Base64Url.EncodeToString(SHA256.HashData(body).AsSpan(0, TagBytes))}\"", isWeak: true);
        response.Headers.ETag = tag.ToString();
        if (Has(httpContext.Request, tag))
        {
            response.Headers.ContentDisposition = default;
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }

    // Weakly, as RFC 9110 asks of If-None-Match: a proxy that compresses may have weakened the tag.
    private static bool Has(HttpRequest request, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && known.Any(k => k.Equals(EntityTagHeaderValue.Any) || k.Compare(tag, useStrongComparison: false));
}
