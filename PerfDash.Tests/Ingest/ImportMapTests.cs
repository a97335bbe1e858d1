using PerfDash.Core.Ingest.Import;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Ingest;

public sealed class ImportMapTests
{
    [Fact]
    public async Task Templates_constants_and_units_make_a_job()
    {
        using var history = HistoryText.Csv(
            """
            kind,model,secs,mib,bytes,score,images
            txt,M1,32.5,2,3145728,92,4
            """);

        var report = await history.OnlyAsync(
            """
            {
              // Comments may stand anywhere.
              "workflow": { "external_id": "{kind}/{model}", "name": "{{{model}}}" },
              "worker": { "external_id": "farm", "gpu_model": "H100" },
              "total_gpu_time_ms": { "from": "{secs}", "unit": "seconds" },
              "total_wall_time_ms": { "from": "{secs}", "unit": "minutes" },
              "time_per_frame_ms": { "from": "{secs}", "unit": "hours" },
              "vram_peak_mb": { "from": "{bytes}", "unit": "bytes" },
              "frame_count": "{images}",
              "quality_scores": { "likeness": { "from": "{score}", "unit": "percent" } },
              "pipeline_stages": { "load": "{images}", "sample": { "from": "{secs}", "unit": "seconds" } },
              "parameters": { "ram": { "from": "{mib}", "type": "text" }, "images": { "from": "{images}", "type": "number" }, "farm": "east" }
            }
            """);

        Assert.Equal(new(null, "txt/M1", "{M1}"), report.Workflow);
        Assert.Equal(new(null, "farm", null, "H100"), report.Worker);
        Assert.Equal(
            """{"frame_count":4,"time_per_frame_ms":117000000,"total_gpu_time_ms":32500,"total_wall_time_ms":1950000,"vram_peak_mb":3,"quality_scores":{"likeness":0.92},"pipeline_stages":[{"name":"load","duration_ms":4},{"name":"sample","duration_ms":32500}]}""",
            report.ResultJson);
        Assert.Equal("""{"ram":"2","images":4,"farm":"east"}""", report.ParametersJson);
        Assert.Equal(JobStatus.Completed, report.Status);
        Assert.Null(report.CompletedAt);
    }

    [Fact]
    public async Task Empty_and_missing_cells_are_absent_not_zero()
    {
        using var history = HistoryText.Csv("workflow,a,b,c\nwf,,NULL,x\n");

        var report = await history.OnlyAsync(
            """
            { "workflow": "{workflow}", "worker": "{a}", "missing": ["NULL"], "frame_count": "{a}", "vram_peak_mb": "{b}",
              "parameters": { "a": "{a}", "ab": "{a}-{b}", "ac": "{a}-{c}" } }
            """);

        Assert.Null(report.Worker);
        Assert.Null(report.ResultJson);
        Assert.Equal("""{"ac":"-x"}""", report.ParametersJson);
    }

    [Theory]
    [InlineData("SUCCEED", JobStatus.Completed, null)]
    [InlineData("running", JobStatus.Running, null)]
    [InlineData("gone", null, "status \"gone\" is not one of pending, running, completed, failed, cancelled")]
    [InlineData("", null, "status is empty")]
    public async Task A_status_is_translated_or_refused(string cell, string? status, string? error)
    {
        using var history = HistoryText.Csv($"wf,state\nx,{cell}\n");

        var line = Assert.Single(await history.ReadAsync("""{"workflow": "{wf}", "status": {"from": "{state}", "values": {"SUCCEED": "completed"}}}"""));

        Assert.Equal(status, line.Report?.Status);
        Assert.Equal(error, line.Error);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("")]
    public async Task Otherwise_is_for_every_other_status(string cell)
    {
        using var history = HistoryText.Csv($"wf,state\nx,{cell}\n");

        var report = await history.OnlyAsync("""{"workflow": "{wf}", "status": {"from": "{state}", "values": {"SUCCEED": "completed"}, "otherwise": "cancelled"}}""");

        Assert.Equal(JobStatus.Cancelled, report.Status);
    }

    [Theory]
    [InlineData("iso", "UTC", "2024-07-01 12:00:00", "2024-07-01T12:00:00Z")]
    [InlineData("iso", "Europe/Berlin", "2024-07-01 12:00:00", "2024-07-01T10:00:00Z")]
    [InlineData("iso", "Europe/Berlin", "2024-07-01T12:00:00+05:00", "2024-07-01T07:00:00Z")]
    [InlineData("dd.MM.yyyy HH:mm", "Europe/Berlin", "01.12.2024 12:00", "2024-12-01T11:00:00Z")]
    [InlineData("dd/MMM/yyyy:HH:mm:ss zzz", "Europe/Berlin", "01/Dec/2024:12:00:00 -0300", "2024-12-01T15:00:00Z")]
    [InlineData("unix_seconds", "UTC", "1719835200.25", "2024-07-01T12:00:00.25Z")]
    [InlineData("unix_ms", "Europe/Berlin", "1719835200000", "2024-07-01T12:00:00Z")]
    public async Task Moments_are_read_as_the_map_says(string format, string zone, string cell, string expected)
    {
        using var history = HistoryText.Csv($"wf,at\nx,{cell}\n");

        var report = await history.OnlyAsync($$"""{"workflow": "{wf}", "time_format": "{{format}}", "time_zone": "{{zone}}", "completed_at": "{at}"}""");

        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), report.CompletedAt);
    }

    [Theory]
    [InlineData("2024-03-31 02:30:00", "")]
    [InlineData("31.12.2024", "")]
    [InlineData("2024-01-01 00:00:00", "-3")]
    [InlineData("2024-01-01 00:00:00", "soon")]
    [InlineData("2024-01-01 00:00:00", "")]
    [InlineData("2024-01-01 00:00:00", "1e40")]
    [InlineData("", "5")]
    public async Task A_completed_job_with_wrong_times_is_refused(string start, string seconds)
    {
        using var history = HistoryText.Csv($"wf,at,secs\nx,{start},{seconds}\n");

        var line = Assert.Single(await history.ReadAsync(
            """{"workflow": "{wf}", "time_zone": "Europe/Berlin", "started_at": "{at}", "completed_at": {"started_at_plus": "{secs}", "unit": "seconds"}}"""));

        Assert.NotNull(line.Error);
    }

    [Fact]
    public async Task A_duration_leads_from_start_to_end_only_for_jobs_that_ended()
    {
        using var history = HistoryText.Csv("wf,state,at,mins\nx,failed,2024-01-01,1.5\nx,running,2024-01-01,1.5\n");

        var lines = await history.ReadAsync(
            """{"workflow": "{wf}", "status": "{state}", "started_at": "{at}", "completed_at": {"started_at_plus": "{mins}", "unit": "minutes"}}""");

        Assert.Equal(new DateTimeOffset(2024, 1, 1, 0, 1, 30, TimeSpan.Zero), lines[0].Report!.CompletedAt);
        Assert.Null(lines[1].Report!.CompletedAt);
    }

    [Fact]
    public async Task A_map_reads_paths_of_json_lines()
    {
        using var history = HistoryText.Ndjson("""{"model": {"name": "M1"}, "meta": {"took": 2.5, "seed": null}, "a.b": "dotted"}""");

        var report = await history.OnlyAsync(
            """{"workflow": "{model.name}", "total_gpu_time_ms": {"from": "{meta.took}", "unit": "seconds"}, "parameters": {"seed": "{meta.seed}", "ab": "{a.b}", "none": "{x.y}"}}""");

        Assert.Equal("M1", report.Workflow!.ExternalId);
        Assert.Equal("""{"total_gpu_time_ms":2500}""", report.ResultJson);
        Assert.Equal("""{"ab":"dotted"}""", report.ParametersJson);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"worker": "w"}""", "workflow is missing")]
    [InlineData("""{"workflow": "{m}", "frames": "{f}"}""", "frames: is unknown; allowed are description, ")]
    [InlineData("""{"workflow": "{m}", "workflow": "{n}"}""", "is not JSON")]
    [InlineData("""{"workflow": "{m"}""", "workflow: \"{m\" has an opening brace")]
    [InlineData("""{"workflow": "m}"}""", "workflow: \"m}\" has a closing brace")]
    [InlineData("""{"workflow": " "}""", "workflow: must be non-blank text")]
    [InlineData("""{"workflow": {"title": "{m}"}}""", "workflow.title: is unknown; allowed are id, external_id, name")]
    [InlineData("""{"workflow": "{m}", "total_gpu_time_ms": {"from": "{s}", "unit": "secs"}}""", "total_gpu_time_ms.unit: \"secs\" is unknown; allowed are hours, microseconds, minutes, ms, seconds")]
    [InlineData("""{"workflow": "{m}", "frame_count": {"from": "{s}", "unit": "seconds"}}""", "frame_count.unit: is unknown; allowed are from")]
    [InlineData("""{"workflow": "{m}", "parameters": {"steps": {"from": "{s}", "type": "integer"}}}""", "parameters.steps.type: \"integer\" is unknown; allowed are boolean, number, text")]
    [InlineData("""{"workflow": "{m}", "parameters": {"steps": {"type": "number"}}}""", "parameters.steps: from is missing")]
    [InlineData("""{"workflow": "{m}", "status": {"from": "{s}", "values": {"OK": "done"}}}""", "status.values.OK: \"done\" is not one of pending")]
    [InlineData("""{"workflow": "{m}", "status": {"from": "{s}", "otherwise": "done"}}""", "status.otherwise: \"done\" is not one of pending")]
    [InlineData("""{"workflow": "{m}", "time_zone": "CEST"}""", "time_zone: \"CEST\" is not a time zone")]
    [InlineData("""{"workflow": "{m}", "time_format": "HH:mm"}""", "time_format: \"HH:mm\" is not a time format")]
    [InlineData("""{"workflow": "{m}", "started_at": {"from": "{s}", "format": ["iso", "%"]}}""", "started_at.format: \"%\" is not a time format")]
    [InlineData("""{"workflow": "{m}", "completed_at": {"started_at_plus": "{s}", "unit": "seconds"}}""", "completed_at: started_at_plus needs a started_at")]
    [InlineData("""{"workflow": "{m}", "started_at": "{a}", "completed_at": {"started_at_plus": "{s}"}}""", "completed_at: unit is missing")]
    [InlineData("""{"workflow": "{m}", "separator": "ab"}""", "separator: \"ab\" is not a separator")]
    public void A_map_with_a_mistake_is_refused_with_its_place(string map, string message)
    {
        var refused = Assert.Throws<HistoryImportException>(() => ImportMapReader.Parse(map));

        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }
}
