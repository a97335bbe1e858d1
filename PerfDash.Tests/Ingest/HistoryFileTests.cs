using System.Text;
using PerfDash.Core.Ingest.Import;

namespace PerfDash.Tests.Ingest;

public sealed class HistoryFileTests
{
    private const string Csv = "workflow,parameters.prompt\nPorträt,x\n";
    private const string Line = """{"workflow": {"external_id": "Porträt"}}""";

    public static TheoryData<string, byte[]> Spellings => new()
    {
        { "a.csv", Encoding.UTF8.GetBytes(Csv) },
        { "a.csv", [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Csv)] },
        { "a.csv", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Csv)] },
        { "a.csv", Encoding.UTF8.GetBytes(Csv.Replace("\n", "\r\n", StringComparison.Ordinal)) },
        { "a.csv", Encoding.UTF8.GetBytes(Csv.Replace(',', ';').TrimEnd()) },
        { "a", Encoding.UTF8.GetBytes("\n" + Csv) },
        { "a.ndjson", Encoding.UTF8.GetBytes(Line) },
        { "a.jsonl", [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Line + "\r\n\r\n")] },
        { "a.txt", Encoding.UTF8.GetBytes("  " + Line) },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task The_same_job_is_read_however_the_file_is_written(string name, byte[] content)
    {
        using var history = HistoryText.Named(name, content);

        Assert.Equal("Porträt", (await history.OnlyAsync()).Workflow!.ExternalId);
    }

    [Fact]
    public async Task The_ending_of_lines_does_not_change_what_a_job_is_called()
    {
        using var unix = HistoryText.Csv(Csv);
        using var windows = HistoryText.Csv(Csv.Replace("\n", "\r\n", StringComparison.Ordinal));

        var key = (await unix.OnlyAsync()).ExternalId;

        Assert.Matches("^import:[0-9a-f]{16}#1$", key!);
        Assert.Equal(key, (await windows.OnlyAsync()).ExternalId);
    }

    [Fact]
    public async Task Quoted_fields_hold_separators_quotes_and_line_breaks()
    {
        using var history = HistoryText.Csv("workflow,parameters.prompt\n\"a, \"\"b\"\"\",\"one\ntwo\"\nplain,\n");

        var lines = await history.ReadAsync();

        Assert.Equal("a, \"b\"", lines[0].Report!.Workflow!.ExternalId);
        Assert.Equal("""{"prompt":"one\ntwo"}""", lines[0].Report!.ParametersJson);
        Assert.Equal([2, 4], lines.Select(l => l.Line));
        Assert.Null(lines[1].Report!.ParametersJson);
    }

    [Theory]
    [InlineData("workflow\nfine\n\"never closed\nmore\n", 3, "an opening quote is never closed")]
    [InlineData("workflow,worker\nfine,w\n\"a\"b,w\n", 3, "text follows a closing quote; write a quote inside a quoted field twice")]
    [InlineData("workflow,worker\nfine,w\na,b,c\n", 3, "has 3 fields, but the header has 2")]
    public async Task Broken_csv_costs_only_its_own_line(string csv, long line, string reason)
    {
        using var history = HistoryText.Csv(csv);

        var lines = await history.ReadAsync();

        Assert.Equal("fine", lines[0].Report?.Workflow?.ExternalId);
        Assert.Equal(new HistoryLine(line, null, reason), lines[1]);
    }

    [Fact]
    public async Task Text_of_another_encoding_is_refused_rather_than_garbled()
    {
        using var history = HistoryText.Named("a.csv", Encoding.Latin1.GetBytes(Csv));

        Assert.Equal("is not valid UTF-8", Assert.Single(await history.ReadAsync()).Error);
    }

    [Fact]
    public async Task Columns_named_like_the_fields_of_a_report_need_no_map()
    {
        using var history = HistoryText.Csv(
            """
            External_ID,workflow_external_id,workflow_name,worker,worker_gpu_model,project,created_at,started_at,completed_at,frame_count,total_gpu_time_ms,resolution_tier,quality_scores.likeness,pipeline_stages.load,pipeline_stages.sample,parameters.Seed,parameters.tag,parameters.lora,mood
            j1,wf-1,Portrait,w-1,RTX 4090,Film,2024-11-15,2024-11-15 10:00:00,2024-11-15T11:00:00+01:00,48.0,39000,1080p,0.92,1200,,42,007,TRUE,good
            """);

        var report = await history.OnlyAsync();

        Assert.Equal("j1", report.ExternalId);
        Assert.Equal(new(null, "wf-1", "Portrait"), report.Workflow);
        Assert.Equal(new(null, "w-1", null, "RTX 4090"), report.Worker);
        Assert.Equal("Film", report.ProjectName);
        Assert.Equal(report.StartedAt, report.CompletedAt);
        Assert.Equal("""{"frame_count":48,"total_gpu_time_ms":39000,"resolution_tier":"1080p","quality_scores":{"likeness":0.92},"pipeline_stages":[{"name":"load","duration_ms":1200}]}""", report.ResultJson);
        Assert.Equal("""{"Seed":42,"tag":"007","lora":true}""", report.ParametersJson);
        Assert.Equal(["mood"], (await history.OpenAsync()).IgnoredColumns);
    }

    [Theory]
    [InlineData("a.csv", "", "is empty")]
    [InlineData("a.csv", "model,seconds\nx,1\n", "There is no column named workflow")]
    [InlineData("a.csv", "workflow,workflow_external_id\nx,y\n", "both provide workflow.external_id")]
    [InlineData("a.json", "[{}]", "is a single JSON array")]
    public async Task A_file_that_says_nothing_of_jobs_is_refused_as_a_whole(string name, string content, string reason)
    {
        using var history = HistoryText.Named(name, Encoding.UTF8.GetBytes(content));

        var refused = await Assert.ThrowsAsync<HistoryImportException>(() => history.OpenAsync());

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_map_that_names_a_column_the_file_lacks_is_refused_with_field_and_column()
    {
        using var history = HistoryText.Csv("model,seconds\nx,1\n");

        var refused = await Assert.ThrowsAsync<HistoryImportException>(() => history.OpenAsync("""{"workflow": "{model}", "parameters": {"steps": "{step}"}}"""));

        Assert.Contains("has no column step, which the map uses for parameters.steps. The columns are model, seconds", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_refused()
    {
        var refused = await Assert.ThrowsAsync<HistoryImportException>(() => HistoryFile.OpenAsync("/nowhere/history.csv", null, TestContext.Current.CancellationToken));

        Assert.Contains("/nowhere/history.csv cannot be read", refused.Message, StringComparison.Ordinal);
    }
}
