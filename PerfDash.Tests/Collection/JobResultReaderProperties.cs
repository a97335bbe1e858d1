using System.Globalization;
using System.Text.Json;
using CsCheck;
using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>What holds for any JSON at all.</summary>
public sealed class JobResultReaderProperties
{
    private static readonly string[] Fields =
    [
        "frame_count", "time_per_frame_ms", "total_gpu_time_ms", "total_wall_time_ms", "vram_peak_mb", "resolution_tier", "quality_scores", "pipeline_stages",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(
        Among(Fields), Among("name", "duration_ms", "", " ", "NaN", "48", @"\u0000", @"\ud800", @"\ud83d\ude00", @"\\u0000", "é\u2028"), Gen.String.AlphaNumeric);

    private static readonly Gen<string> Scalar = Gen.OneOf(
        Among("null", "true", "false", "-0", "1e400", "-1e400", "1e-400", "9007199254740993", "9223372036854775807", "9223372036854775808", "3.5e38", "48.5"),
        Gen.Int.Select(n => n.ToString(CultureInfo.InvariantCulture)),
        Gen.Double.Where(double.IsFinite).Select(n => n.ToString("R", CultureInfo.InvariantCulture)),
        Text.Select(text => $"\"{text}\""));

    private static readonly Gen<string> Json = Gen.Recursive<string>((depth, json) => depth > 3
        ? Scalar
        : Gen.Frequency((3, Scalar), (1, Array(json)), (2, Object(Text, json))));

    private static readonly Gen<string> Result = Gen.Frequency((1, Json), (6, Object(Among(Fields), Json)));

    [Fact]
    public void Any_JSON_is_read_into_figures_the_database_can_hold() => Result.Sample(
        json =>
        {
            var reading = JobResultReader.Read(json, null, null);
            Assert.True(reading.FrameCount is null or >= 0);
            Assert.True(reading.TotalGpuTimeMs is null or >= 0);
            Assert.True(reading.TotalWallTimeMs is null or >= 0);
            Assert.True(reading.VramPeakMb is null or >= 0);
            Assert.True(reading.TimePerFrameMs is null || (reading.TimePerFrameMs >= 0 && float.IsFinite(reading.TimePerFrameMs.Value)));
            Assert.True(reading.ResolutionTier is null || !string.IsNullOrWhiteSpace(reading.ResolutionTier));
            Assert.True(reading.Warnings.Count <= JobResultReader.MaxWarnings + 1);
            foreach (var score in JsonDocument.Parse(reading.QualityScoresJson ?? "{}").RootElement.EnumerateObject())
                Assert.True(double.IsFinite(score.Value.GetDouble()));
            foreach (var stage in JsonDocument.Parse(reading.PipelineStagesJson ?? "[]").RootElement.EnumerateArray())
                Assert.True(stage.GetProperty("name").GetString()!.Length > 0 && stage.GetProperty("duration_ms").GetDouble() >= 0);
        },
        iter: 2_000);

    [Fact]
    public void What_is_wrong_with_one_field_never_changes_another() => Gen.Select(Among(Fields), Json).Sample(
        (field, value) =>
        {
            Dictionary<string, object?> sound = new()
            {
                ["frame_count"] = 10,
                ["time_per_frame_ms"] = 100,
                ["total_gpu_time_ms"] = 2000,
                ["total_wall_time_ms"] = 3000,
                ["vram_peak_mb"] = 4000,
                ["resolution_tier"] = "720p",
                ["quality_scores"] = new { likeness = 0.5 },
                ["pipeline_stages"] = new[] { new { name = "a", duration_ms = 1 } },
            };
            sound.Remove(field);
            var rest = JsonSerializer.Serialize(sound);

            var without = JobResultReader.Read(rest, null, null);
            var with = JobResultReader.Read($"{{\"{field}\": {value}, {rest[1..]}", null, null);

            Assert.Equal(Without(without, field), Without(with, field));
        },
        iter: 2_000);

    private static Gen<string> Among(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<string> Array(Gen<string> item) => item.Array[0, 3].Select(items => $"[{string.Join(',', items)}]");

    private static Gen<string> Object(Gen<string> name, Gen<string> value) =>
        Gen.Select(name, value).Array[0, 5].Select(members => "{" + string.Join(',', members.Select(m => $"\"{m.Item1}\": {m.Item2}")) + "}");

    private static JobReading Without(JobReading reading, string field)
    {
        reading = reading with { Warnings = [] };
        return field switch
        {
            "frame_count" => reading with { FrameCount = null },
            "time_per_frame_ms" => reading with { TimePerFrameMs = null },
            "total_gpu_time_ms" => reading with { TotalGpuTimeMs = null },
            "total_wall_time_ms" => reading with { TotalWallTimeMs = null },
            "vram_peak_mb" => reading with { VramPeakMb = null },
            "resolution_tier" => reading with { ResolutionTier = null },
            "quality_scores" => reading with { QualityScoresJson = null },
            _ => reading with { PipelineStagesJson = null },
        };
    }
}
