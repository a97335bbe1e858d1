using System.Text.Json;

namespace PerfDash.Tests.Ingest;

/// <summary>What the fields of a reported completion may hold, and what becomes of those that cannot be stored.</summary>
public sealed class ReportedFieldsApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    private readonly CompletionReports _reports = new(app);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Own => _reports.Own;

    [Theory]
    [InlineData("external_id", """{"external_id": "KEY\u0000x", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("half pair in key", """{"external_id": "KEY\ud800", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("no key under an odd name", """{"external_id": "KEY-bad", "workflow": {"external_id": "KEY-orphan"}, "worker": {"id\ud800": 1}}""")]
    [InlineData("key of a workflow", """{"external_id": "KEY-bad", "workflow": {"external_id": "KEY-orphan\u0000"}}""")]
    [InlineData("key too long", """{"external_id": "KEY-LONG", "workflow": {"external_id": "KEY-orphan"}}""")]
    [InlineData("bytes that are no UTF-8 in a key", """{"external_id": "KEY-bad!", "workflow": {"external_id": "KEY-orphan"}}""")]
    public async Task A_key_the_database_cannot_hold_is_rejected_alone(string what, string item)
    {
        var answer = await _reports.PostBytesAsync(
            $$$"""[{"external_id": "{{{Own}}}-good", "workflow": {"external_id": "{{{Own}}}"}}, {{{item.Replace("KEY-LONG", new string('k', 501), StringComparison.Ordinal).Replace("KEY", Own, StringComparison.Ordinal)}}}]""");

        Assert.True(answer.GetProperty("accepted").GetInt32() == 1, what);
        Assert.Equal(1, answer.GetProperty("rejected")[0].GetProperty("index").GetInt32());
        Assert.Equal(1, await _reports.CountAsync("workflows"));
    }

    [Theory]
    [InlineData("resolution_tier", """ "resolution_tier": "a\u0000b" """)]
    [InlineData("resolution_tier", """ "resolution_tier": "\ud83d" """)]
    [InlineData("resolution_tier", """ "resolution_tier": "!" """)]
    [InlineData("quality_scores.a\ufffd", """ "quality_scores": {"a\udc00": 1, "kept": 2} """)]
    [InlineData("quality_scores.\ufffd", """ "quality_scores": {"!": 1, "kept": 2} """)]
    [InlineData("quality_scores.big", """ "quality_scores": {"big": DIGITS, "kept": 2} """)]
    [InlineData("pipeline_stages[0]", """ "pipeline_stages": [{"name": "\u0000", "duration_ms": 1}, {"name": "kept", "duration_ms": 1}] """)]
    [InlineData("vram_peak_mb", """ "vram_peak_mb": 1e999999 """)]
    [InlineData("vram_peak_mb", """ "vram_peak_mb": DIGITS """)]
    [InlineData("total_wall_time_ms", """ "total_wall_time_ms": NEST """)]
    [InlineData("parameters.a", """ "parameters": {"a": "\u0000", "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": {"b": ["\ud83d"]}, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": "!", "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": DIGITS, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": 1e200000, "kept": 1} """)]
    [InlineData("parameters.a", """ "parameters": {"a": NEST, "kept": 1} """)]
    [InlineData("parameters.\ufffd", """ "parameters": {"\u0000": 1, "kept": 1} """)]
    [InlineData("workflow.name", """ "workflow": {"external_id": "KEY", "name": "a\u0000b"} """)]
    [InlineData("worker.gpu_model", """ "worker": {"external_id": "KEY-gpu", "gpu_model": "\ud800"} """)]
    public async Task What_the_database_cannot_hold_costs_itsOwn_field_with_a_warning_that_names_it(string field, string member)
    {
        var item = $$"""{"external_id": "{{Own}}", "workflow": {"external_id": "{{Own}}"}, "worker": {"external_id": "{{Own}}-gpu"}, "frame_count": 7, """
            + member.Replace("KEY", Own, StringComparison.Ordinal).Replace("DIGITS", new string('9', 131_073), StringComparison.Ordinal)
                .Replace("NEST", new string('[', 5_000) + new string(']', 5_000), StringComparison.Ordinal) + "}";
        CompletionReports.AssertCounts(await _reports.PostBytesAsync(item), accepted: 1);

        await Eventually.EqualAsync(
            $"7|{field}",
            () => app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', m.frame_count, (SELECT string_agg(w ->> 'field', ',') FROM jsonb_array_elements(c.warnings) AS w))
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id JOIN job_collections AS c ON c.job_id = j.id WHERE j.external_id = @key
                """,
                ("key", Own)));
        // What stood beside it was kept.
        if (member.Contains("kept", StringComparison.Ordinal))
        {
            Assert.Contains(
                "kept",
                await app.Database.ScalarAsync<string>(
                    "SELECT concat(j.parameters, m.quality_scores_json, m.pipeline_stages_json) FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id WHERE j.external_id = @key",
                    ("key", Own)),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task More_than_is_stored_of_a_job_is_left_out_with_a_warning()
    {
        var parameters = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"p{i}\": {i}"));
        var scores = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"s{i}\": 0.5"));
        CompletionReports.AssertCounts(
            await _reports.AcceptAsync($$$"""{"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}"}, "worker": {"external_id": "{{{Own}}}-gpu"}, "parameters": { {{{parameters}}} }, "quality_scores": { {{{scores}}} }}"""),
            accepted: 1);

        await Eventually.EqualAsync(
            "500|100|parameters,quality_scores",
            () => app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', (SELECT count(*) FROM jsonb_object_keys(j.parameters)), (SELECT count(*) FROM jsonb_object_keys(m.quality_scores_json)),
                    (SELECT string_agg(w ->> 'field', ',') FROM jsonb_array_elements(c.warnings) AS w))
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id JOIN job_collections AS c ON c.job_id = j.id WHERE j.external_id = @key
                """,
                ("key", Own)));
    }

    [Fact]
    public async Task Bad_figures_are_accepted_and_become_warnings()
    {
        CompletionReports.AssertCounts(
            await _reports.AcceptAsync(
                $$$"""
                {"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}"}, "worker": {"external_id": "{{{Own}}}"},
                 "frame_count": "many", "total_gpu_time_ms": -1, "vram_peak_mb": 1e300, "time_per_frame_ms": 12.5, "resolution_tier": 1080,
                 "quality_scores": {"likeness": "good", "motion": 0.5}, "pipeline_stages": {}, "started_at": null}
                """),
            accepted: 1);

        await Eventually.EqualAsync("12.5 - - -", () => _reports.MetricAsync(Own));
        Assert.Equal(
            "frame_count pipeline_stages quality_scores.likeness resolution_tier total_gpu_time_ms vram_peak_mb",
            await app.Database.ScalarAsync<string>(
                "SELECT string_agg(w ->> 'field', ' ' ORDER BY w ->> 'field') FROM jobs j JOIN job_collections c ON c.job_id = j.id, jsonb_array_elements(c.warnings) AS w WHERE j.external_id = @key",
                ("key", Own)));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01 00:00:00", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999Z")]
    public async Task The_ends_of_the_calendar_are_kept_and_come_out_as_moments_in_utc(string reported, string stored, string answered)
    {
        CompletionReports.AssertCounts(
            await _reports.AcceptAsync($$$"""{"external_id": "{{{Own}}}", "workflow": {"external_id": "{{{Own}}}"}, "worker": {"external_id": "{{{Own}}}"}, "started_at": "{{{reported}}}", "completed_at": "{{{reported}}}", "frame_count": 4, "total_gpu_time_ms": 100}"""),
            accepted: 1);
        await Eventually.EqualAsync("25 100 0 -", () => _reports.MetricAsync(Own));

        Assert.Equal(
            $"{stored}|{stored}|{stored}",
            await app.Database.ScalarAsync<string>(
                """
                SELECT concat_ws('|', j.started_at AT TIME ZONE 'UTC', j.completed_at AT TIME ZONE 'UTC', m.created_at AT TIME ZONE 'UTC')
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id WHERE j.external_id = @key
                """,
                ("key", Own)));
        var id = await app.Database.ScalarAsync<long>("SELECT id FROM jobs WHERE external_id = @key", ("key", Own));
        var one = JsonElement.Parse(await app.Client.GetStringAsync($"/performance/job/{id}", Cancel));
        Assert.Equal((answered, answered), (one.GetProperty("created_at").GetString(), one.GetProperty("started_at").GetString()));
    }
}
