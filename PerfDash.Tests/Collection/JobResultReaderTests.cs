using System.Text.Json;
using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>The rules for a job's result, one by one. No database.</summary>
public sealed class JobResultReaderTests
{
    private static readonly DateTime Started = new(2026, 2, 18, 9, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_full_result_is_taken_as_reported()
    {
        var reading = Read("""
            {"frame_count": 48, "time_per_frame_ms": 800.25, "total_gpu_time_ms": 39000, "total_wall_time_ms": 42000,
             "vram_peak_mb": 18210, "resolution_tier": "1080p", "quality_scores": {"likeness": 0.92, "own score": -3},
             "pipeline_stages": [{"name": "load_model", "duration_ms": 1200, "device": "cuda:0"}, {"name": "decode", "duration_ms": 0.5}],
             "unknown": {"is": "ignored"}}
            """);

        Assert.Equal(48, reading.FrameCount);
        Assert.Equal(800.25f, reading.TimePerFrameMs);
        Assert.Equal(39000, reading.TotalGpuTimeMs);
        Assert.Equal(42000, reading.TotalWallTimeMs);
        Assert.Equal(18210, reading.VramPeakMb);
        Assert.Equal("1080p", reading.ResolutionTier);
        Assert.Equal("""{"likeness":0.92,"own score":-3}""", reading.QualityScoresJson);
        Assert.Equal("""[{"name":"load_model","duration_ms":1200},{"name":"decode","duration_ms":0.5}]""", reading.PipelineStagesJson);
        Assert.Empty(reading.Warnings);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"frame_count": null, "time_per_frame_ms": null, "total_gpu_time_ms": null, "total_wall_time_ms": null, "vram_peak_mb": null, "resolution_tier": null, "quality_scores": null, "pipeline_stages": null}""")]
    public void What_was_not_reported_stays_null_without_a_warning(string? result)
    {
        var reading = Read(result);

        Assert.Equal(new JobReading { Warnings = reading.Warnings }, reading);
        Assert.Empty(reading.Warnings);
    }

    [Theory]
    [InlineData("[1, 2]", "an array")]
    [InlineData("\"done\"", "text")]
    [InlineData("7", "a number")]
    [InlineData("true", "true or false")]
    [InlineData("null", "null")]
    public void A_result_that_is_no_object_gives_nulls_and_one_warning(string result, string what)
    {
        var reading = Read(result, Started, Started.AddSeconds(2));

        Assert.Equal(new JobReading { TotalWallTimeMs = 2000, Warnings = reading.Warnings }, reading);
        var warning = Assert.Single(reading.Warnings);
        Assert.Equal("result", warning.Field);
        Assert.Contains(what, warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"frame_count\": NaN}")]
    public void Text_that_is_no_JSON_gives_nulls_and_one_warning(string result)
    {
        var reading = Read(result);

        Assert.Null(reading.FrameCount);
        Assert.Equal("result", Assert.Single(reading.Warnings).Field);
    }

    [Theory]
    [InlineData("frame_count", "\"48\"")]
    [InlineData("frame_count", "48.5")]
    [InlineData("frame_count", "-1")]
    [InlineData("frame_count", "2147483648")]
    [InlineData("frame_count", "true")]
    [InlineData("time_per_frame_ms", "\"NaN\"")]
    [InlineData("time_per_frame_ms", "-0.1")]
    [InlineData("time_per_frame_ms", "1e39")]
    [InlineData("time_per_frame_ms", "1e400")]
    [InlineData("time_per_frame_ms", "[812.5]")]
    [InlineData("total_gpu_time_ms", "\"39000\"")]
    [InlineData("total_gpu_time_ms", "-1")]
    [InlineData("total_gpu_time_ms", "9223372036854775808")]
    [InlineData("total_gpu_time_ms", "1e30")]
    [InlineData("total_gpu_time_ms", "1e999")]
    [InlineData("total_gpu_time_ms", "{}")]
    [InlineData("total_wall_time_ms", "-5")]
    [InlineData("total_wall_time_ms", "\"Infinity\"")]
    [InlineData("total_wall_time_ms", "-1e-3")]
    [InlineData("vram_peak_mb", "2147483648")]
    [InlineData("vram_peak_mb", "-1")]
    [InlineData("vram_peak_mb", "false")]
    [InlineData("resolution_tier", "1080")]
    [InlineData("resolution_tier", "\"  \"")]
    [InlineData("resolution_tier", "[]")]
    [InlineData("quality_scores", "0.9")]
    [InlineData("quality_scores", "[0.9]")]
    [InlineData("pipeline_stages", "{\"name\": \"a\", \"duration_ms\": 1}")]
    [InlineData("pipeline_stages", "\"none\"")]
    public void An_unusable_field_becomes_null_with_a_warning_and_the_others_still_count(string field, string value)
    {
        var fields = new Dictionary<string, string>
        {
            ["frame_count"] = "10",
            ["time_per_frame_ms"] = "100",
            ["total_gpu_time_ms"] = "2000",
            ["total_wall_time_ms"] = "3000",
            ["vram_peak_mb"] = "4000",
            ["resolution_tier"] = "\"720p\"",
            ["quality_scores"] = "{\"likeness\":0.5}",
            ["pipeline_stages"] = "[{\"name\":\"a\",\"duration_ms\":1}]",
            [field] = value,
        };

        var reading = Read("{" + string.Join(",", fields.Select(f => $"\"{f.Key}\": {f.Value}")) + "}", Started, Started.AddSeconds(9));

        Assert.Equal(field, Assert.Single(reading.Warnings).Field);
        Assert.Equal(field == "frame_count" ? null : 10, reading.FrameCount);
        Assert.Equal(field == "time_per_frame_ms" ? null : 100f, reading.TimePerFrameMs);
        Assert.Equal(field == "total_gpu_time_ms" ? null : 2000L, reading.TotalGpuTimeMs);
        Assert.Equal(field == "total_wall_time_ms" ? null : 3000L, reading.TotalWallTimeMs);
        Assert.Equal(field == "vram_peak_mb" ? null : 4000, reading.VramPeakMb);
        Assert.Equal(field == "resolution_tier" ? null : "720p", reading.ResolutionTier);
        Assert.Equal(field == "quality_scores" ? null : fields["quality_scores"], reading.QualityScoresJson);
        Assert.Equal(field == "pipeline_stages" ? null : fields["pipeline_stages"], reading.PipelineStagesJson);
    }

    [Theory]
    [InlineData("48.0", 48)]
    [InlineData("4.8e1", 48)]
    [InlineData("0", 0)]
    [InlineData("2147483647", int.MaxValue)]
    public void A_whole_number_of_frames_counts_however_it_is_written(string frames, int expected) =>
        Assert.Equal(expected, Read($$"""{"frame_count": {{frames}}}""").FrameCount);

    [Theory]
    [InlineData("9007199254740993", 9007199254740993)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775807.4", long.MaxValue)]
    [InlineData("39000.5", 39001)]
    [InlineData("39000.4", 39000)]
    [InlineData("3.9e4", 39000)]
    [InlineData("0", 0)]
    [InlineData("-0", 0)]
    public void Milliseconds_are_exact_over_the_whole_range_and_fractions_are_rounded(string time, long expected)
    {
        var reading = Read($$"""{"total_gpu_time_ms": {{time}}, "total_wall_time_ms": {{time}}}""");

        Assert.Equal(expected, reading.TotalGpuTimeMs);
        Assert.Equal(expected, reading.TotalWallTimeMs);
        Assert.Empty(reading.Warnings);
    }

    [Fact]
    public void Wall_time_is_derived_from_the_jobs_own_times()
    {
        Assert.Equal(1500, Read("{}", Started, Started.AddMilliseconds(1499.6)).TotalWallTimeMs);
        Assert.Equal(0, Read("{}", Started, Started).TotalWallTimeMs);
        Assert.Null(Read("{}", Started, null).TotalWallTimeMs);
        Assert.Null(Read("{}", null, Started).TotalWallTimeMs);
        Assert.Equal(7, Read("""{"total_wall_time_ms": 7}""", Started, Started.AddSeconds(1)).TotalWallTimeMs);
    }

    [Fact]
    public void A_job_that_completed_before_it_started_has_no_wall_time_and_a_warning()
    {
        var reading = Read("{}", Started, Started.AddSeconds(-1));

        Assert.Null(reading.TotalWallTimeMs);
        Assert.Equal("completed_at", Assert.Single(reading.Warnings).Field);
    }

    [Fact]
    public void Time_per_frame_is_derived_from_GPU_time_else_wall_time()
    {
        Assert.Equal(812.5f, Read("""{"frame_count": 48, "total_gpu_time_ms": 39000, "total_wall_time_ms": 42000}""").TimePerFrameMs);
        Assert.Equal(875f, Read("""{"frame_count": 48, "total_wall_time_ms": 42000}""").TimePerFrameMs);
        Assert.Equal(250f, Read("""{"frame_count": 8}""", Started, Started.AddSeconds(2)).TimePerFrameMs);
        Assert.Equal(0f, Read("""{"frame_count": 8, "total_gpu_time_ms": 0}""").TimePerFrameMs);
    }

    [Theory]
    [InlineData("""{"total_gpu_time_ms": 39000}""")]
    [InlineData("""{"frame_count": 0, "total_gpu_time_ms": 39000}""")]
    [InlineData("""{"frame_count": 48}""")]
    public void Without_frames_or_time_there_is_no_time_per_frame_and_no_warning(string result)
    {
        var reading = Read(result);

        Assert.Null(reading.TimePerFrameMs);
        Assert.Empty(reading.Warnings);
    }

    [Fact]
    public void What_was_reported_but_is_unusable_is_not_replaced_by_a_derivation()
    {
        var reading = Read("""{"frame_count": 48, "time_per_frame_ms": "fast", "total_gpu_time_ms": 39000, "total_wall_time_ms": -1}""", Started, Started.AddSeconds(2));

        Assert.Null(reading.TimePerFrameMs);
        Assert.Null(reading.TotalWallTimeMs);
        Assert.Equal(39000, reading.TotalGpuTimeMs);
    }

    [Fact]
    public void An_unusable_GPU_time_leaves_wall_time_to_derive_from() =>
        Assert.Equal(875f, Read("""{"frame_count": 48, "total_gpu_time_ms": -1, "total_wall_time_ms": 42000}""").TimePerFrameMs);

    [Fact]
    public void Scores_that_are_no_numbers_are_left_out_one_by_one()
    {
        var reading = Read("""{"quality_scores": {"likeness": 0.9, "motion": "high", "nan": "NaN", "none": null, "list": [1], "big": 1e400, "tiny": 1e-400, "any \"name\"": 17}}""");

        Assert.Equal("""{"likeness":0.9,"tiny":0,"any \u0022name\u0022":17}""", reading.QualityScoresJson);
        Assert.Equal(["quality_scores.motion", "quality_scores.nan", "quality_scores.list", "quality_scores.big"], reading.Warnings.Select(w => w.Field));
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"likeness": null}""", 0)]
    [InlineData("""{"likeness": "?"}""", 1)]
    public void Without_a_single_usable_score_there_are_none(string scores, int warnings)
    {
        var reading = Read($$"""{"quality_scores": {{scores}}}""");

        Assert.Null(reading.QualityScoresJson);
        Assert.Equal(warnings, reading.Warnings.Count);
    }

    [Fact]
    public void Malformed_stages_are_left_out_one_by_one()
    {
        var reading = Read("""
            {"pipeline_stages": [
                {"name": "load", "duration_ms": 1}, 7, {"name": 1, "duration_ms": 1}, {"duration_ms": 1}, {"name": " ", "duration_ms": 1},
                {"name": "a"}, {"name": "a", "duration_ms": null}, {"name": "a", "duration_ms": "1"}, {"name": "a", "duration_ms": -1}, null,
                {"name": "load", "duration_ms": 2.25}]}
            """);

        Assert.Equal("""[{"name":"load","duration_ms":1},{"name":"load","duration_ms":2.25}]""", reading.PipelineStagesJson);
        Assert.Equal(
            ["[1]", "[2].name", "[3].name", "[4].name", "[5].duration_ms", "[6].duration_ms", "[7].duration_ms", "[8].duration_ms", "[9]"],
            reading.Warnings.Select(w => w.Field["pipeline_stages".Length..]));
    }

    [Fact]
    public void No_stages_at_all_are_none() => Assert.Null(Read("""{"pipeline_stages": []}""").PipelineStagesJson);

    [Theory]
    [InlineData(50, 50)]
    [InlineData(51, 51)]
    [InlineData(1_000_000, 51)]
    public void Beyond_50_warnings_only_their_number_is_kept(int bad, int kept)
    {
        var reading = Read($$"""{"frame_count": 3, "pipeline_stages": [{{string.Join(',', Enumerable.Repeat("0", bad))}}]}""");

        Assert.Equal(3, reading.FrameCount);
        Assert.Equal(kept, reading.Warnings.Count);
        if (bad > 50)
            Assert.Equal(new CollectionWarning("result", $"has {bad - 50} more unusable values"), reading.Warnings[^1]);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9_000)]
    public void Deep_nesting_in_a_field_nobody_reads_costs_nothing(int depth)
    {
        var reading = Read($$"""{"log": {{new string('[', depth)}}{{new string(']', depth)}}, "frame_count": 3}""");

        Assert.Equal(3, reading.FrameCount);
        Assert.Empty(reading.Warnings);
    }

    [Fact]
    public void Deeper_nesting_than_any_database_holds_is_a_warning_and_no_crash() =>
        Assert.Equal("result", Assert.Single(Read($$"""{"log": {{new string('[', 200_000)}}{{new string(']', 200_000)}}}""").Warnings).Field);

    [Fact]
    public void Text_that_cannot_be_stored_costs_its_own_field_and_other_escapes_are_kept()
    {
        var reading = Read("""{"resolution_tier": "a\u0000\ud800\\u0000\ud83d\ude00", "quality_scores": {"\udfff": 1}, "pipeline_stages": [{"name": "\ud800", "duration_ms": 1}], "frame_count\ud800": 1}""");

        Assert.Null(reading.ResolutionTier);
        Assert.Null(reading.QualityScoresJson);
        Assert.Null(reading.PipelineStagesJson);
        Assert.Equal(["resolution_tier", "quality_scores.\ufffd", "pipeline_stages[0].name"], reading.Warnings.Select(w => w.Field));
        Assert.Equal("a\\u0000\U0001F600", Read("""{"resolution_tier": "a\\u0000\ud83d\ude00"}""").ResolutionTier);
        Assert.Equal("\ufffd", Read("""{"resolution_tier": "\ufffd"}""").ResolutionTier);
    }

    [Fact]
    public void More_scores_and_stages_than_are_recorded_of_a_job_are_left_out_with_a_warning_each()
    {
        var scores = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"s{i}\": 0.5").Append("\"likeness\": 0.9"));
        var stages = string.Join(',', Enumerable.Range(0, 100_000).Select(i => $$"""{"name": "stage {{i}}", "duration_ms": 1}"""));
        var reading = Read($$"""{"quality_scores": { {{scores}} }, "pipeline_stages": [{{stages}}], "frame_count": 3}""");

        Assert.Equal(3, reading.FrameCount);
        var kept = JsonDocument.Parse(reading.QualityScoresJson!).RootElement.EnumerateObject().Select(s => s.Name).ToList();
        Assert.Equal((JobLimits.MaxScores, "likeness", "s0"), (kept.Count, kept[0], kept[1]));
        Assert.Equal(JobLimits.MaxStages, JsonDocument.Parse(reading.PipelineStagesJson!).RootElement.GetArrayLength());
        Assert.Equal(["quality_scores", "pipeline_stages"], reading.Warnings.Select(w => w.Field));
        Assert.All(reading.Warnings, w => Assert.Matches("holds (99901|99500) more", w.Message));
    }

    [Fact]
    public void Names_and_tiers_longer_than_are_recorded_are_left_out_with_a_warning_each()
    {
        var name = new string('x', JobLimits.MaxNameLength);
        var reading = Read($$"""{"resolution_tier": "{{name}}y", "quality_scores": {"{{name}}": 1, "{{name}}y": 2}, "pipeline_stages": [{"name": "{{name}}y", "duration_ms": 1}, {"name": "{{name}}", "duration_ms": 1}]}""");

        Assert.Null(reading.ResolutionTier);
        Assert.Equal($$"""{"{{name}}":1}""", reading.QualityScoresJson);
        Assert.Equal($$"""[{"name":"{{name}}","duration_ms":1}]""", reading.PipelineStagesJson);
        Assert.Equal(3, reading.Warnings.Count);
    }

    [Fact]
    public void What_was_left_out_before_the_result_was_stored_is_a_warning_too()
    {
        var reading = Read("""{"frame_count": 3, "perfdash_warnings": [{"field": "parameters.prompt", "message": "is bad"}, 7, {"field": 1}]}""");

        Assert.Equal([new CollectionWarning("parameters.prompt", "is bad")], reading.Warnings);
    }

    [Fact]
    public void A_huge_name_does_not_make_a_huge_warning()
    {
        var reading = Read($$"""{"quality_scores": {"{{new string('x', 100_000)}}": "?"}, "frame_count": -{{new string('9', 100_000)}}}""");

        Assert.All(reading.Warnings, w => Assert.True(w.Field.Length + w.Message.Length < 400));
    }

    private static JobReading Read(string? result, DateTime? startedAt = null, DateTime? completedAt = null) =>
        JobResultReader.Read(result, startedAt, completedAt);
}
