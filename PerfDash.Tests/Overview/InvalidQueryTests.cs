using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Overview;

public sealed class InvalidQueryTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    [Theory]
    [InlineData("overview?from=yesterday", "from")]
    [InlineData("overview?from=2026-02-30", "from")]
    [InlineData("overview?to=1732435200", "to")]
    [InlineData("overview?from=now-1y", "from")]
    [InlineData("overview?from=now-%D9%A1h", "from")]
    [InlineData("overview?from=x&to=y", "from,to")]
    [InlineData("overview?from=2026-01-02&to=2026-01-02", "from")]
    [InlineData("overview?from=2026-01-03&to=2026-01-02", "from")]
    [InlineData("overview?from=2026-01-01&from=2026-01-02", "from")]
    [InlineData("overview?to=0001-01-02", "from")]
    [InlineData("overview?rank_by=speed", "rank_by")]
    [InlineData("overview?min_jobs=0", "min_jobs")]
    [InlineData("overview?min_jobs=1.5", "min_jobs")]
    [InlineData("workers/comparison?min_jobs=-1", "min_jobs")]
    [InlineData("workers/comparison?min_jobs=few", "min_jobs")]
    [InlineData("overview?workflow_id=one", "workflow_id")]
    [InlineData("overview?worker_id=1.5", "worker_id")]
    [InlineData("overview?project_id=99999999999999999999", "project_id")]
    [InlineData("overview?workflow_id=1&workflow_id=2", "workflow_id")]
    [InlineData("overview?resolution_tier=a%00b", "resolution_tier")]
    [InlineData("overview?workflow_id=x&rank_by=y&from=z", "from,rank_by,workflow_id")]
    [InlineData("throughput?bucket=minute", "bucket")]
    [InlineData("throughput?bucket=DAY", "bucket")]
    [InlineData("throughput?bucket=0", "bucket")]
    [InlineData("throughput?time_zone=Mars/Olympus", "time_zone")]
    [InlineData("throughput?time_zone=BST", "time_zone")]
    [InlineData("throughput?time_zone=UTC%2B3", "time_zone")]
    [InlineData("throughput?time_zone=../../etc/passwd", "time_zone")]
    [InlineData("throughput?time_zone=Europe/../Europe/Berlin", "time_zone")]
    [InlineData("throughput?time_zone=right/Europe/Berlin", "time_zone")]
    [InlineData("throughput?time_zone=europe/berlin", "time_zone")]
    [InlineData("throughput?time_zone=Europe/Ber%00lin", "time_zone")]
    [InlineData("throughput?bucket=hour&from=2020-01-01&to=2026-01-01", "bucket")]
    [InlineData("throughput?bucket=month&from=0001-01-01&to=9999-01-01", "bucket")]
    [InlineData("throughput?bucket=x&time_zone=y&worker_id=z&from=2026-01-03&to=2026-01-02", "bucket,from,time_zone,worker_id")]
    public async Task What_cannot_be_read_is_answered_with_its_fields(string query, string fields)
    {
        using var response = await app.Client.GetAsync($"/performance/{query}", TestContext.Current.CancellationToken);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(400, problem.GetProperty("status").GetInt32());
        Assert.Equal(fields.Split(','), problem.GetProperty("errors").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.All(problem.GetProperty("errors").EnumerateObject(), e => Assert.False(string.IsNullOrWhiteSpace(e.Value[0].GetString())));
    }

    [Theory]
    [InlineData("overview?from=2026-11-24T08:00:00+02:00&to=2026-11-24%2009:00", "2026-11-24T06:00:00Z", "2026-11-24T09:00:00Z")]
    [InlineData("overview?from=2026-11-24T08:00:00.5-0130&to=2026-11-25", "2026-11-24T09:30:00.5Z", "2026-11-25T00:00:00Z")]
    public async Task Moments_are_answered_in_UTC(string query, string from, string to)
    {
        var overview = await app.Client.GetFromJsonAsync<JsonElement>($"/performance/{query}", TestContext.Current.CancellationToken);

        Assert.Equal(from, overview.GetProperty("from").GetString());
        Assert.Equal(to, overview.GetProperty("to").GetString());
    }

    [Theory]
    [InlineData("GET", "/performance/nothing", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/performance", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/performance/overview/more", HttpStatusCode.NotFound, "")]
    [InlineData("GET", "/performance/file.css", HttpStatusCode.NotFound, "")]
    [InlineData("POST", "/performance/nothing", HttpStatusCode.NotFound, "")]
    [InlineData("POST", "/performance/overview", HttpStatusCode.MethodNotAllowed, "GET,HEAD")]
    [InlineData("DELETE", "/performance/job/1", HttpStatusCode.MethodNotAllowed, "GET,HEAD")]
    [InlineData("GET", "/performance/jobs/completed", HttpStatusCode.MethodNotAllowed, "POST")]
    [InlineData("PUT", "/performance/collection/failed/1/retry", HttpStatusCode.MethodNotAllowed, "POST")]
    public async Task A_wrong_route_or_method_is_answered_with_problem_details(string method, string path, HttpStatusCode expected, string allowed)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(allowed, string.Join(',', response.Content.Headers.Allow));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("status").GetInt32());
    }
}
