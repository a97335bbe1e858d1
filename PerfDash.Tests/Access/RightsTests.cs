using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace PerfDash.Tests.Access;

/// <summary>Every route of the running program against who may use it. A new route fails until it is listed here.</summary>
public sealed partial class RightsTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private const string Viewer = "viewer";
    private const string Editor = "editor";
    private const string Admin = "admin";
    private const string Ingest = "ingest";

    // Roots of the API.
    private static readonly string[] Programs = ["/performance", "/access", "/sources", "/v1"];
    private const string Nobody = "nobody";

    private static readonly string[] Callers = [Nobody, Ingest, Viewer, Editor, Admin];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Routes that need more, or less, than to read with the role viewer and to change with the role editor.</summary>
    private static readonly Dictionary<string, string> Exceptions = new()
    {
        ["GET /health/live"] = Nobody,
        ["POST /health/live"] = Nobody,
        ["GET /health/ready"] = Nobody,
        ["HEAD /health/ready"] = Nobody,
        ["GET /sign-in"] = Nobody,
        ["HEAD /sign-in"] = Nobody,
        ["POST /sign-in"] = Nobody,
        ["POST /sign-out"] = Nobody,
        ["POST /access/sign-in"] = Nobody,
        ["POST /access/passkeys/sign-in-options"] = Nobody,
        ["POST /access/passkeys/options"] = Viewer,
        ["POST /access/passkeys"] = Viewer,
        ["GET /first-account"] = Admin,
        ["POST /first-account"] = Admin,
        ["GET /settings/accounts"] = Admin,
        ["POST /settings/accounts"] = Admin,
        ["GET /settings/keys"] = Admin,
        ["POST /settings/keys"] = Admin,
        ["GET /settings/audit"] = Admin,
        ["POST /settings/audit"] = Admin,
        ["POST /performance/jobs/completed"] = Ingest,
        ["POST /performance/scores"] = Ingest,
        ["POST /v1/traces"] = Ingest,
        ["POST /performance/alerts/thresholds/backtest"] = Viewer,
        ["POST /performance/alerts/window-rules/backtest"] = Viewer,
        ["POST /performance/alerts/channels"] = Admin,
        ["PUT /performance/alerts/channels/0"] = Admin,
        ["DELETE /performance/alerts/channels/0"] = Admin,
        ["POST /performance/alerts/channels/0/test"] = Admin,
        ["GET /settings/sources"] = Admin,
        ["POST /settings/sources"] = Admin,
        ["GET /sources/"] = Admin,
        ["HEAD /sources/"] = Admin,
        ["POST /sources/"] = Admin,
        ["GET /sources/0"] = Admin,
        ["HEAD /sources/0"] = Admin,
        ["PUT /sources/0"] = Admin,
        ["DELETE /sources/0"] = Admin,
        ["POST /sources/0/test"] = Admin,
        ["GET /sources/0/probe"] = Admin,
        ["HEAD /sources/0/probe"] = Admin,
        ["POST /sources/0/probe"] = Admin,
        ["GET /access/accounts"] = Admin,
        ["HEAD /access/accounts"] = Admin,
        ["POST /access/accounts"] = Admin,
        ["PUT /access/accounts/0"] = Admin,
        ["DELETE /access/accounts/0"] = Admin,
        ["POST /access/accounts/0/sign-out"] = Admin,
        ["GET /access/keys"] = Admin,
        ["HEAD /access/keys"] = Admin,
        ["POST /access/keys"] = Admin,
        ["DELETE /access/keys/0"] = Admin,
        ["GET /access/audit"] = Admin,
        ["HEAD /access/audit"] = Admin,
    };

    [Fact]
    public async Task Every_route_is_open_to_the_roles_that_it_names_and_to_nobody_else()
    {
        var clients = new Dictionary<string, HttpClient> { [Nobody] = PerfDashApp.Browser(app.Address) };
        foreach (var role in Callers[1..])
            clients[role] = await app.WithKeyAsync(role);
        List<string> wrong = [];
        var walked = 0;
        foreach (var (method, path) in Routes())
        {
            var needed = Exceptions.GetValueOrDefault($"{method} {path}", method is "GET" or "HEAD" || IsForPages(path) || path.EndsWith("/{**rest}", StringComparison.Ordinal) ? Viewer : Editor);
            foreach (var caller in Callers)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                // Routes that take JSON are chosen by it.
                if (method is "POST" or "PUT" or "PATCH" && !IsForPages(path))
                    request.Content = JsonContent.Create(new { });
                using var response = await clients[caller].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
                var expected = Allows(caller, needed);
                var isRefused = response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || response.Headers.Location?.OriginalString.Contains("/sign-in?", StringComparison.Ordinal) == true;
                // Signing in without a form or a right password is refused otherwise than for want of a right.
                if (path is "/access/sign-in" or "/sign-in" or "/sign-out" or "/first-account" && expected)
                    continue;
                walked++;
                if (isRefused == expected)
                    wrong.Add($"{method} {path} by {caller}: {(int)response.StatusCode}");
                if (!expected && caller == Nobody && isRefused && response.StatusCode == HttpStatusCode.Forbidden)
                    wrong.Add($"{method} {path} by {caller}: 403 instead of 401");
            }
        }

        Assert.True(walked > 250, $"only {walked} tried");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_exception_is_a_route_of_the_program() =>
        Assert.Subset(Routes().Select(r => $"{r.Method} {r.Path}").ToHashSet(), Exceptions.Keys.ToHashSet());

    [Fact]
    public void Every_page_says_who_may_open_it()
    {
        var pages = typeof(Program).Assembly.GetTypes().Where(t => t.IsDefined(typeof(RouteAttribute), false)).ToList();

        Assert.NotEmpty(pages);
        Assert.All(pages, page => Assert.Contains(page.GetCustomAttributes(true), a => a is Microsoft.AspNetCore.Authorization.IAuthorizeData));
    }

    [Theory]
    [InlineData(Viewer)]
    [InlineData(Editor)]
    [InlineData(Admin)]
    public async Task An_account_may_do_what_a_key_of_its_role_may(string role)
    {
        using var client = await app.SignedInAsync($"person {role}", role);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/performance/overview", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/", Cancel)).StatusCode);
        Assert.Equal(role == Viewer ? HttpStatusCode.Forbidden : HttpStatusCode.NotFound, (await client.PostAsync("/performance/collection/failed/1/retry", null, Cancel)).StatusCode);
        Assert.Equal(role == Admin ? HttpStatusCode.OK : HttpStatusCode.Forbidden, (await client.GetAsync("/access/accounts", Cancel)).StatusCode);
    }

    private IEnumerable<(string Method, string Path)> Routes() =>
        from endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + Parameter().Replace(endpoint.RoutePattern.RawText ?? "", m => m.Value.StartsWith("{**", StringComparison.Ordinal) ? m.Value : "0").TrimStart('/')
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
        where !StaticAsset().IsMatch($"{method} {path}")
        select (method, path);

    // Whatever is posted to a page or a circuit is a page's own doing.
    private static bool IsForPages(string path) => !Programs.Any(start => path.StartsWith(start, StringComparison.Ordinal));

    private static bool Allows(string caller, string needed) => needed switch
    {
        Nobody => true,
        Ingest => caller is Ingest or Editor or Admin,
        _ => caller != Ingest && Array.IndexOf(Callers, caller) >= Array.IndexOf(Callers, needed),
    };

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    // Files only: a name with an ending, in the folders of this application's assets.
    [GeneratedRegex(@"^(GET|HEAD) /(_content/|_framework/|lib/|js/)?[^?]*\.(css|js|map|svg|json|gz|br|txt|woff2?|ico|md|LICENSE)$|^(GET|HEAD) /lib/.*LICENSE[^/]*$")]
    private static partial Regex StaticAsset();
}
