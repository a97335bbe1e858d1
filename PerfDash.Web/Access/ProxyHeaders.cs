using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace PerfDash.Web.Access;

/// <summary>What is different behind a proxy and over https: whose address counts, HSTS, and cookies with the prefix <c>__Host-</c>.</summary>
internal static class ProxyHeaders
{
    private const string Prefix = "__Host-";

    /// <summary>Takes the forwarded headers of trusted proxies over, and of nobody else.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var networks = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.Networks.ToList();
        if (networks.Count == 0)
            return;
        var headers = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost, ForwardLimit = null };
        headers.KnownProxies.Clear();
        headers.KnownIPNetworks.Clear();
        foreach (var network in networks)
            headers.KnownIPNetworks.Add(network);
        if (app.Configuration["AllowedHosts"] is { Length: > 0 } hosts && hosts != "*")
            headers.AllowedHosts = hosts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        app.UseForwardedHeaders(headers);
    }

    /// <summary>
    /// Over https every cookie is Secure and named with <c>__Host-</c>, so that neither a sister domain nor plain http can plant one; the
    /// rest of the program knows them by their plain names.
    /// </summary>
    public static void UseHostCookies(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!context.Request.IsHttps)
            return next(context);
        var cookies = context.Request.Headers.Cookie.ToString().Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(c => c.StartsWith(Prefix, StringComparison.Ordinal)).Select(c => c[Prefix.Length..]).ToList();
        context.Request.Headers.Cookie = cookies.Count == 0 ? StringValues.Empty : string.Join("; ", cookies);
        context.Response.OnStarting(
            static response =>
            {
                var headers = ((HttpResponse)response).Headers;
                if (headers.SetCookie.Count > 0)
                    headers.SetCookie = headers.SetCookie.Select(c => SetCookieHeaderValue.TryParse(c, out var cookie) ? WithPrefix(cookie) : c).ToArray();
                return Task.CompletedTask;
            },
            context.Response);
        return next(context);
    });

    private static string WithPrefix(SetCookieHeaderValue cookie)
    {
        (cookie.Name, cookie.Path, cookie.Domain, cookie.Secure) = (Prefix + cookie.Name, "/", default(StringSegment), true);
        return cookie.ToString();
    }
}
