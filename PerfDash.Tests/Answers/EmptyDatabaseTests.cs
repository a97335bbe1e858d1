using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace PerfDash.Tests.Answers;

/// <summary>Every route that can be asked, found by itself, so that a new one cannot be forgotten: nulls, not errors, not zeros.</summary>
public sealed partial class EmptyDatabaseTests(PerfDashApp app) : IClassFixture<PerfDashApp>, IAsyncLifetime
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await app.Database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task In_an_empty_database_every_route_answers_with_nulls_and_an_id_is_not_found()
    {
        List<string> found = [], missing = [];
        foreach (var route in Routes())
        {
            var (status, answer) = await GetAsync(route);
            (status == HttpStatusCode.NotFound ? missing : found).Add(route);
            if (status != HttpStatusCode.NotFound)
                AssertNothing(status, route, answer);
        }

        Assert.All(missing, route => Assert.True(NamesAnId(route), $"{route} names no id and is not found"));
        Assert.All(found, route => Assert.False(NamesAnId(route), $"{route} names an id that does not exist and is found"));
        Assert.True(found.Count >= 10 && missing.Count >= 8, $"{found.Count} found, {missing.Count} not found");
    }

    [Fact]
    public async Task A_farm_without_jobs_answers_every_route_with_nulls()
    {
        await app.Database.AddEntitiesAsync();

        foreach (var route in Routes().Where(r => !SingleRow().IsMatch(r)))
        {
            var (status, answer) = await GetAsync(route);
            AssertNothing(status, route, answer);
        }
    }

    private static void AssertNothing(HttpStatusCode status, string route, JsonElement answer)
    {
        Assert.True(status == HttpStatusCode.OK, $"{route}: {(int)status} {answer}");
        // What counts may be 0, a utilization of 0 % is one, and what was asked for comes back.
        var figures = Numbers(answer, "").Where(n => !Countable().IsMatch(n.Path)).Select(n => $"{n.Path} = {n.Value}");
        Assert.True(!figures.Any(), $"{route}: {string.Join(", ", figures)}");
    }

    /// <summary>Every GET of the API, ids as 1 and required parameters given.</summary>
    private IEnumerable<string> Routes() => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.RoutePattern.RawText is { } text && text.StartsWith("/performance/", StringComparison.Ordinal) && !text.Contains("{*", StringComparison.Ordinal)
            && e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") is true)
        .Select(e => Parameter().Replace(e.RoutePattern.RawText!, "1"))
        .Select(path => path switch
        {
            "/performance/comparison" => path + "?workflows=1,2",
            "/performance/comparison/history" or "/performance/comparison/history/proposals" => path + "?workflow=1",
            "/performance/quality/correlation" => path + "?parameter=cfg&score=likeness",
            "/performance/estimate" => path + "?workflow=1&frames=48",
            "/performance/alerts/window-rules/suggestions" => path + "?kind=silence&scope_type=global&window_minutes=60",
            "/performance/alerts/thresholds/suggestions" => path + "?metric_name=time_per_frame_ms",
            _ => path,
        })
        // What PerfDash has of its own before the first job: the channel of its pages, and its schedule.
        .Where(path => path is not ("/performance/alerts/channels" or "/performance/alerts/channels/1" or "/performance/collection/jobs"))
        .Distinct().Order(StringComparer.Ordinal);

    private static bool NamesAnId(string route) => IdInRoute().IsMatch(route);

    private async Task<(HttpStatusCode Status, JsonElement Answer)> GetAsync(string route)
    {
        using var answer = await app.Client.GetAsync(new Uri(route, UriKind.Relative), Cancel);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Cancel)));
    }

    private static IEnumerable<(string Path, double Value)> Numbers(JsonElement element, string path) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Numbers(p.Value, $"{path}.{p.Name}")),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(e => Numbers(e, path)),
        JsonValueKind.Number => [(path, element.GetDouble())],
        _ => [],
    };

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"/1(/|$)|workflow(s)?=")]
    private static partial Regex IdInRoute();

    [GeneratedRegex(@"/performance/(job|alerts(/thresholds)?)/1$|/outputs/1$|/alerts/(.*/)?1(/|$)")]
    private static partial Regex SingleRow();

    [GeneratedRegex(@"([._]count|_jobs|\.jobs|_id|\.frames|sample_size|\.window|\.pending|\.failed|recorded_total|strata|confidence)$|\.(utilization|rollups)\.")]
    private static partial Regex Countable();
}
