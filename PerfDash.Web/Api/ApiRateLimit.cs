using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;

namespace PerfDash.Web.Api;

/// <summary>How often a caller may ask the API, and the answer to one who asks more often.</summary>
internal static class ApiRateLimit
{
    // Asked without a key. The answer costs nothing; many probes may come from behind one address.
    private const int ReadyPerSecond = 100;

    /// <summary>Adds the limit; see <see cref="ApiOptions.RequestsPerSecond"/>.</summary>
    public static IServiceCollection AddApiLimits(this IServiceCollection services)
    {
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<ApiOptions>, IOptions<AccessOptions>>((limiter, api, access) =>
        {
            var perSecond = api.Value.RequestsPerSecond;
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                context.Request.Path.StartsWithSegments("/_blazor") ? LimitPages(CallerOf(context), access.Value.MaxOpenPages)
                : perSecond == 0 ? RateLimitPartition.GetNoLimiter("")
                : context.Request.Path.StartsWithSegments(PerfDashUrls.Api) || context.Request.Path.StartsWithSegments(PerfDashUrls.Access) || context.Request.Path.StartsWithSegments(PerfDashUrls.Otlp) ? Limit(CallerOf(context), perSecond)
                : context.Request.Path.StartsWithSegments(PerfDashUrls.Ready) ? Limit($"ready {context.Connection.RemoteIpAddress}", ReadyPerSecond)
                : RateLimitPartition.GetNoLimiter(""));
            limiter.OnRejected = RefuseAsync;
        });
        return services;
    }

    private static RateLimitPartition<string> Limit(string caller, int perSecond) =>
        RateLimitPartition.GetTokenBucketLimiter(caller, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 2 * perSecond,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        });

    // The request of a page's connection lasts as long as the page is open.
    private static RateLimitPartition<string> LimitPages(string caller, int most) =>
        RateLimitPartition.GetConcurrencyLimiter($"pages {caller}", _ => new ConcurrencyLimiterOptions { PermitLimit = most });

    /// <summary>The key or user that the request was let in by, else its address: a wrong key gains nobody another share.</summary>
    private static string CallerOf(HttpContext context)
    {
        if (context.User.Identity is not { IsAuthenticated: true } identity)
            return $"address {context.Connection.RemoteIpAddress}";
        return $"{identity.AuthenticationType} {context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? identity.Name}";
    }

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var seconds = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)) : 1;
        rejected.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (PerfDashUrls.IsForPrograms(rejected.HttpContext.Request.Path))
        {
            await TypedResults.Problem($"Too many requests. Retry in {seconds} s.", statusCode: StatusCodes.Status429TooManyRequests)
                .ExecuteAsync(rejected.HttpContext);
        }
    }
}
