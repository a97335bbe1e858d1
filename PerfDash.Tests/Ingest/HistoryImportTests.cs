using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PerfDash.Core.Ingest.Import;

namespace PerfDash.Tests.Ingest;

public sealed class HistoryImportTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Header = "workflow,worker,started_at,completed_at,frame_count,total_gpu_time_ms\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await database.ClearAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Lines_become_metrics_before_the_import_returns()
    {
        using var history = HistoryText.Csv(Header + "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,10,20000\n");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(history)));

        Assert.Equal(2000f, await database.ScalarAsync<float>("SELECT time_per_frame_ms FROM performance_metrics"));
        Assert.Equal(30_000, await database.ScalarAsync<long>("SELECT total_wall_time_ms FROM performance_metrics"));
        Assert.Equal(new DateTime(2024, 11, 15, 10, 0, 30), await database.ScalarAsync<DateTime>("SELECT created_at FROM performance_metrics"));
        Assert.Equal("portrait", await database.ScalarAsync<string>("SELECT name FROM workflows"));
    }

    [Fact]
    public async Task A_file_that_grew_and_was_sorted_anew_adds_only_its_new_lines()
    {
        const string one = "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,10,20000\n";
        const string other = "landscape,gpu-1,2024-11-15T11:00:00Z,2024-11-15T11:00:30Z,10,20000\n";
        using var before = HistoryText.Csv(Header + one + one + other);
        using var after = HistoryText.Csv(Header + other + one + one + one);

        Assert.Equal((3, 0, 0), Counts(await ImportAsync(before)));
        Assert.Equal((0, 3, 0), Counts(await ImportAsync(before)));
        Assert.Equal((1, 3, 0), Counts(await ImportAsync(after)));

        Assert.Equal(4, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    [Fact]
    public async Task Refused_lines_are_listed_with_their_place_and_reason_and_the_rest_is_stored()
    {
        using var history = HistoryText.Csv(
            Header
            + "portrait,gpu-1,yesterday,2024-11-15T10:00:30Z,10,20000\n"
            + ",gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,10,20000\n"
            + "portrait,gpu-1,2024-11-15T10:00:00Z\n"
            + "portrait,gpu-1,2024-11-15T10:00:00Z,,10,20000\n"
            + "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,ten,-5\n");

        var result = await ImportAsync(history);

        Assert.Equal((1, 0, 4), Counts(result));
        Assert.Equal(
            [
                new(2, "started_at \"yesterday\" is not a date and time (iso, UTC)"),
                new(3, "workflow is required for an unknown job"),
                new(4, "has 3 fields, but the header has 6"),
                new(5, "completed_at is empty"),
            ],
            result.RejectedLines);
    }

    [Theory]
    [InlineData("frame_count", "\0")]
    [InlineData("resolution_tier", "10\080p")]
    [InlineData("quality_scores.likeness", "0.\05")]
    [InlineData("pipeline_stages[0]", "1\02")]
    [InlineData("parameters.cfg", "a\0b")]
    [InlineData("workflow.name", "a\0b")]
    [InlineData("worker.gpu_model", "a\0b")]
    public async Task A_cell_that_cannot_be_stored_costs_its_own_field_with_a_warning(string field, string cell)
    {
        var column = field == "pipeline_stages[0]" ? "pipeline_stages.load" : field;
        using var history = HistoryText.Csv($"workflow.external_id,worker,completed_at,vram_peak_mb,{column}\nportrait,gpu-1,2024-11-15T10:00:30Z,7,{cell}\n");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(history)));

        Assert.Equal(
            $"7|{field}",
            await database.ScalarAsync<string>("SELECT concat_ws('|', m.vram_peak_mb, (SELECT string_agg(w ->> 'field', ',') FROM job_collections AS c, jsonb_array_elements(c.warnings) AS w)) FROM performance_metrics AS m"));
    }

    [Theory]
    [InlineData("""{"workflow": "{w}", "worker": "gpu-1", "vram_peak_mb": "{v}", "parameters": {"a\u0000": "{v}"}}""", "parameters.a\uFFFD")]
    [InlineData("""{"workflow": "{w}", "worker": "gpu-1", "vram_peak_mb": "{v}", "resolution_tier": "{t}"}""", "resolution_tier")]
    [InlineData(null, "resolution_tier")]
    public async Task What_a_map_or_a_list_brings_and_cannot_be_stored_costs_its_own_field(string? map, string field)
    {
        const string job = """{"w": "portrait", "v": 7, "t": "a\u0000b", "external_id": "k", "workflow": {"external_id": "portrait"}, "worker": {"external_id": "gpu-1"}, "vram_peak_mb": 7, "resolution_tier": "a\ud800b"}""";
        using var history = HistoryText.Ndjson(map is null ? $$"""{"items":[{{job}}]}""" + "\n" : job + "\n");

        var result = await ImportAsync(history, map);
        Assert.Equal((1, 0, 0), Counts(result));
        Assert.Equal(
            $"7|{field}",
            await database.ScalarAsync<string>("SELECT concat_ws('|', m.vram_peak_mb, (SELECT string_agg(w ->> 'field', ',') FROM job_collections AS c, jsonb_array_elements(c.warnings) AS w)) FROM performance_metrics AS m"));
    }

    [Fact]
    public async Task A_bad_figure_is_left_out_of_its_job_with_a_warning()
    {
        using var history = HistoryText.Csv(Header + "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,ten,-5\n");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(history)));

        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics WHERE frame_count IS NULL AND total_gpu_time_ms IS NULL AND total_wall_time_ms = 30000"));
        var warnings = await database.ScalarAsync<string>("SELECT warnings::text FROM job_collections");
        Assert.Contains("frame_count", warnings, StringComparison.Ordinal);
        Assert.Contains("is text, not a number", warnings, StringComparison.Ordinal);
        Assert.Contains("total_gpu_time_ms", warnings, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01 00:00:00")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31 23:59:59.999999")]
    public async Task The_ends_of_the_calendar_are_kept_from_csv_and_json(string reported, string stored)
    {
        using var csv = HistoryText.Csv(Header + $"portrait,gpu-1,{reported},{reported},10,20000\n");
        using var json = HistoryText.Ndjson($$"""{"workflow": {"external_id": "portrait"}, "worker": {"external_id": "gpu-1"}, "created_at": "{{reported}}", "started_at": "{{reported}}", "completed_at": "{{reported}}"}""");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(csv)));
        Assert.Equal((1, 0, 0), Counts(await ImportAsync(json)));

        Assert.Equal(
            $"2 {stored}",
            await database.ScalarAsync<string>(
                """
                SELECT count(*) || ' ' || string_agg(DISTINCT at::text, ' ')
                FROM jobs AS j JOIN performance_metrics AS m ON m.job_id = j.id,
                     LATERAL (SELECT unnest(ARRAY[j.created_at, j.started_at, j.completed_at, m.created_at]) AT TIME ZONE 'UTC' AS at) AS moments
                """.Replace("count(*)", "count(DISTINCT j.id)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Fields_of_a_json_line_that_no_job_has_are_counted_and_named_with_the_nearest()
    {
        const string job = """ "workflow": {"external_id": "portrait", "nmae": "P"}, "worker": {"external_id": "gpu-1"}, "frame_cuont": 48, "parameters": {"anything": 1}, "status": "completed" """;
        using var history = HistoryText.Ndjson(
            $$"""
            { {{job}}, "pipeline_stages": [{"name": "a", "duraton_ms": 1}, {"name": "b", "duraton_ms": 1}, {"name": "c", "duration_ms": 1}] }
            { {{job}}, "my own": 1, "quality_scores": {"any": 0.5} }
            {"wokflow": {"external_id": "portrait"} }
            not JSON
            """);

        var result = await ImportAsync(history);

        Assert.Equal((2, 0, 2), Counts(result));
        Assert.Equal(
            [
                new("workflow.nmae", "workflow.nmae is not a known field; did you mean name?", 2),
                new("frame_cuont", "frame_cuont is not a known field; did you mean frame_count?", 2),
                new("pipeline_stages[].duraton_ms", "pipeline_stages[].duraton_ms is not a known field; did you mean duration_ms?", 1),
                new("my own", "my own is not a known field.", 1),
                new("wokflow", "wokflow is not a known field; did you mean workflow?", 1),
            ],
            result.UnknownFields);
        Assert.False(result.HasMoreUnknownFields);
    }

    [Fact]
    public async Task Fields_under_other_names_are_no_mistake_where_a_map_or_an_export_says_what_they_are()
    {
        using var mapped = HistoryText.Ndjson("""{"w": "portrait", "whatever": 1}""");
        using var many = HistoryText.Ndjson("""{"workflow": {"external_id": "portrait"}, """ + string.Join(", ", Enumerable.Range(0, 60).Select(i => $"\"field nobody knows {i}\": 1")) + "}");

        Assert.Empty((await ImportAsync(mapped, """{"workflow": "{w}"}""")).UnknownFields);
        var result = await ImportAsync(many);
        Assert.Equal((50, true), (result.UnknownFields.Count, result.HasMoreUnknownFields));
    }

    [Fact]
    public async Task Imported_history_is_alerted_by_nobody()
    {
        await database.ExecuteAsync("INSERT INTO performance_alert_thresholds (metric_name, scope_type, warning_threshold, critical_threshold) VALUES ('total_gpu_time_ms', 'global', 1, 2)");
        database.Get<PerfDash.Core.Alerts.Evaluation.RuleCache>().Invalidate();
        using var history = HistoryText.Csv(Header + "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,10,20000\n");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(history)));

        Assert.Equal((1L, 0L), (await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"), await database.ScalarAsync<long>("SELECT count(*) FROM alert_incidents")));
    }

    [Fact]
    public async Task At_most_fifty_refusals_are_listed_and_all_are_counted()
    {
        using var history = HistoryText.Ndjson(string.Concat(Enumerable.Repeat("{\n", 70)));

        var result = await ImportAsync(history);

        Assert.Equal((0, 0, 70), Counts(result));
        Assert.Equal(50, result.RejectedLines.Count);
    }

    [Fact]
    public async Task Json_lines_have_the_shape_of_a_reported_completion()
    {
        using var history = HistoryText.Ndjson(
            """
            {"external_id": "a", "workflow": {"external_id": "wf", "name": "Portrait"}, "worker": {"external_id": "w"}, "completed_at": "2024-11-15T10:00:30Z", "total_gpu_time_ms": 9000, "frame_count": 9, "quality_scores": {"likeness": 0.5}, "parameters": {"cfg": 7}}

            {"external_id": "b", "workflow": {"external_id": "wf"}, "worker": {"external_id": "w"}, "status": "failed", "error": "out of memory", "created_at": "2024-11-15T09:00:00Z", "project_name": "Film"}
            {"workflow": {"external_id": "wf"}, "worker": {"external_id": "w"}, "completed_at": "2024-11-15T10:00:40Z"}
            {"workflow": {"external_id": "wf"}, "status": "done"}
            {"external_id": "\ud800"}
            [1]
            """);

        var result = await ImportAsync(history);

        Assert.Equal((3, 0, 3), Counts(result));
        Assert.Equal([5, 6, 7], result.RejectedLines.Select(r => r.Line));
        Assert.Equal("status \"done\" is not one of pending, running, completed, failed, cancelled", result.RejectedLines[0].Reason);
        Assert.StartsWith("external_id contains a character that cannot be stored", result.RejectedLines[1].Reason, StringComparison.Ordinal);
        Assert.Equal(2, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.Equal(1000f, await database.ScalarAsync<float>("SELECT time_per_frame_ms FROM performance_metrics m JOIN jobs j ON j.id = m.job_id WHERE external_id = 'a'"));
        Assert.Equal("out of memory", await database.ScalarAsync<string>(
            "SELECT error FROM jobs JOIN projects p ON p.id = project_id WHERE status = 'failed' AND p.name = 'Film' AND jobs.created_at = '2024-11-15 09:00Z'"));
        Assert.Equal((0, 3, 3), Counts(await ImportAsync(history)));
    }

    [Fact]
    public async Task A_job_imported_while_it_ran_is_completed_by_a_later_file()
    {
        const string header = "external_id,workflow,worker,status,completed_at\n";
        using var before = HistoryText.Csv(header + "a,wf,w,running,\n");
        using var after = HistoryText.Csv(header + "a,wf,w,completed,2024-11-15T10:00:00Z\n");

        Assert.Equal((1, 0, 0), Counts(await ImportAsync(before)));
        Assert.Equal((1, 0, 0), Counts(await ImportAsync(after)));

        Assert.Equal(1, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    [Fact]
    public async Task What_the_database_refuses_costs_no_other_line()
    {
        using var history = HistoryText.Ndjson(
            """
            {"external_id": "a", "workflow": {"external_id": "wf"}, "worker": {"external_id": "w"}, "parameters": {"prompt": "\u0000"}}
            {"external_id": "b", "workflow": {"id": 77}, "worker": {"external_id": "w"}}
            {"external_id": "c", "workflow": {"external_id": "wf"}, "worker": {"external_id": "w"}}
            """);

        var result = await ImportAsync(history);

        // What cannot be stored costs its own parameter; what does not exist costs the line.
        Assert.Equal((2, 0, 1), Counts(result));
        Assert.Equal((2, "workflow.id 77 does not exist"), (result.RejectedLines[0].Line, result.RejectedLines[0].Reason));
    }

    [Fact]
    public async Task Times_moved_to_now_keep_their_distances_and_make_no_second_job()
    {
        using var history = HistoryText.Csv(
            Header
            + "portrait,gpu-1,2024-11-15T10:00:00Z,2024-11-15T10:00:30Z,10,20000\n"
            + "portrait,gpu-1,2024-11-15T11:59:00Z,2024-11-15T12:00:00Z,10,20000\n");
        var now = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
        await using var services = TestDatabase.ServicesOver(database.ConnectionString, s => s.AddSingleton<TimeProvider>(new FakeTimeProvider(now)));

        var result = await services.GetRequiredService<HistoryImport>().RunAsync(await history.OpenAsync(), shiftToNow: true, null, Cancel);

        Assert.Equal((2, 0, 0), Counts(result));
        Assert.Equal(now.UtcDateTime, await database.ScalarAsync<DateTime>("SELECT max(created_at) FROM performance_metrics"));
        Assert.Equal(now.AddMinutes(-119.5).UtcDateTime, await database.ScalarAsync<DateTime>("SELECT min(created_at) FROM performance_metrics"));
        Assert.Equal(now.AddMinutes(-120).UtcDateTime, await database.ScalarAsync<DateTime>("SELECT min(started_at) FROM jobs"));
        Assert.Equal((0, 2, 0), Counts(await ImportAsync(history)));
    }

    [Fact]
    public async Task More_lines_than_a_batch_all_arrive_and_progress_ends_at_one()
    {
        using var history = HistoryText.Csv(Header + string.Concat(Enumerable.Range(0, 2500).Select(i => $"wf-{i % 7},gpu-{i % 3},,2024-11-15T10:00:00Z,{i},\n")));
        var progress = new Reached();

        var result = await database.Get<HistoryImport>().RunAsync(await history.OpenAsync(), shiftToNow: false, progress, Cancel);

        Assert.Equal((2500, 0, 0), Counts(result));
        Assert.Equal(2500, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.Equal(2499 * 2500 / 2, await database.ScalarAsync<long>("SELECT sum(frame_count) FROM performance_metrics"));
        Assert.Equal(1, progress.Latest);
    }

    [Fact]
    public async Task An_import_beside_a_running_collector_returns_only_when_all_is_collected()
    {
        using var history = HistoryText.Csv(Header + string.Concat(Enumerable.Range(0, 1500).Select(i => $"wf,gpu,,2024-11-15T10:00:00Z,{i},\n")));
        await using var holder = await database.DataSource.OpenConnectionAsync(Cancel);
        await database.AddCompletedJobAsync(await database.AddWorkflowAsync(), await database.AddWorkerAsync(), "{}");
        await using var held = await holder.BeginTransactionAsync(Cancel);
        await using (var claim = new Npgsql.NpgsqlCommand("DELETE FROM job_completions", holder, held))
            Assert.Equal(1, await claim.ExecuteNonQueryAsync(Cancel));

        var importing = ImportAsync(history);
        await Eventually.EqualAsync(1500, () => database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
        Assert.False(importing.IsCompleted);
        await held.RollbackAsync(Cancel);

        Assert.Equal((1500, 0, 0), Counts(await importing));
        Assert.Equal(1501, await database.ScalarAsync<long>("SELECT count(*) FROM performance_metrics"));
    }

    private static (long Imported, long Duplicates, long Rejected) Counts(ImportResult result) => (result.Imported, result.Duplicates, result.Rejected);

    private async Task<ImportResult> ImportAsync(HistoryText history, string? map = null) =>
        await database.Get<HistoryImport>().RunAsync(await history.OpenAsync(map), shiftToNow: false, null, Cancel);

    private sealed class Reached : IProgress<double>
    {
        public double Latest { get; private set; }

        public void Report(double value) => Latest = value;
    }
}
