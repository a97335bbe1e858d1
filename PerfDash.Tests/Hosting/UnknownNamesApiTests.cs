using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Hosting;

/// <summary>Names that a route does not have are said, with the nearest right one, in place of being ignored.</summary>
public sealed class UnknownNamesApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/performance/overview?form=now-7d", "form", "did you mean from?")]
    [InlineData("/performance/overview?from=now-7d&rank_yb=vram", "rank_yb", "did you mean rank_by?")]
    [InlineData("/performance/throughput?bukcet=hour", "bukcet", "did you mean bucket?")]
    [InlineData("/performance/jobs?sotr=created_at", "sotr", "did you mean sort?")]
    [InlineData("/performance/alerts?stat=open", "stat", "did you mean state?")]
    [InlineData("/performance/alerts/thresholds?nothing=1", "nothing", "not a parameter of this route.")]
    [InlineData("/performance/quality/correlation?parametre=cfg&score=likeness", "parametre", "did you mean parameter?")]
    [InlineData("/performance/collection?formt=json", "formt", "did you mean format?")]
    public async Task A_mistyped_parameter_is_refused_by_name(string address, string name, string said)
    {
        using var answer = await app.Client.GetAsync(address, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Contains(said, problem.GetProperty("errors").GetProperty(name)[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/performance/overview?From=now-7d&utm_source=mail&_=17&resolution_tier=1080p")]
    [InlineData("/performance/collection?from=now-7d&worker_id=1&format=json")]
    [InlineData("/performance/alerts/thresholds?workflow_id=1&fbclid=x")]
    public async Task Range_and_filters_may_be_sent_to_every_route_and_marks_of_other_programs_are_ignored(string address)
    {
        using var answer = await app.Client.GetAsync(address, Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Every_parameter_of_the_document_is_known_to_its_route()
    {
        var document = await app.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancel);
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("get", out _) && p.Name.StartsWith("/performance", StringComparison.Ordinal)))
        {
            var names = path.Value.GetProperty("get").TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "query").Select(p => p.GetProperty("name").GetString()!).ToList()
                : [];
            using var answer = await app.Client.GetAsync(
                $"{System.Text.RegularExpressions.Regex.Replace(path.Name, "{[^}]*}", "1")}?{string.Join('&', names.Select(n => $"{n}="))}&unheard_of=1", Cancel);
            var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject().Select(e => e.Name).ToList();
            Assert.Equal((path.Name, "unheard_of"), (path.Name, Assert.Single(errors)));
        }
    }

    [Theory]
    [InlineData("/performance/alerts/thresholds", """{"metric_name": "time_per_frame_ms", "scope_type": "global", "warning_treshold": 1, "critical_threshold": 2}""", "warning_treshold", "did you mean warning_threshold?")]
    [InlineData("/performance/alerts/channels", """{"kind": "webhook", "name": "x", "taget": "https://example.com"}""", "taget", "is not a known field")]
    [InlineData("/performance/alerts/mutes", """{"scope_type": "global", "utnil": null}""", "utnil", "did you mean until?")]
    public async Task A_mistyped_field_of_a_body_is_refused_by_name(string address, string body, string field, string said)
    {
        using var answer = await app.Client.PostAsync(address, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Contains(said, problem.GetProperty("errors").GetProperty(field)[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_route_answers_may_be_sent_back_to_it()
    {
        using var made = await app.Client.PostAsJsonAsync(
            "/performance/alerts/thresholds", new { metric_name = "time_per_frame_ms", scope_type = "global", warning_threshold = 1, critical_threshold = 2 }, Cancel);
        var threshold = await made.Content.ReadAsStringAsync(Cancel);

        using var put = await app.Client.PutAsync(made.Headers.Location, new StringContent(threshold, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (made.StatusCode, put.StatusCode));
    }

    [Fact]
    public async Task A_report_with_fields_nobody_reads_is_accepted_and_they_are_named()
    {
        var body = """
            [{"external_id": "a", "workflow": {"external_id": "w", "nmae": "W"}, "worker": {"external_id": "k"}, "frame_cuont": 48, "my own": 1,
              "parameters": {"anything": 1}, "quality_scores": {"any_score": 0.5}, "pipeline_stages": [{"name": "s", "duration_ms": 1}, {"name": "t", "duraton_ms": 1}]},
             {"external_id": "b\ud800", "\ud800": 1}]
            """;
        using var answer = await app.Client.PostAsync("/performance/jobs/completed", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var read = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(1, read.GetProperty("accepted").GetInt32());
        Assert.Equal(
            ["0 workflow.nmae", "0 frame_cuont", "0 my own", "0 pipeline_stages[1].duraton_ms", "1 \uFFFD"],
            read.GetProperty("warnings").EnumerateArray().Select(w => $"{w.GetProperty("index").GetInt32()} {w.GetProperty("field").GetString()}"));
        Assert.Contains("did you mean frame_count?", read.GetProperty("warnings")[1].GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
