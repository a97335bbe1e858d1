using System.Text.Json;
using PerfDash.Core.Demo;

namespace PerfDash.Tests.Demo;

public sealed class DemoJsonTests
{
    private static readonly DateTime End = new(2026, 2, 18, 15, 0, 0, DateTimeKind.Utc);
    private static readonly DemoJob[] Jobs = [.. new DemoFarm(7, End).Jobs(End.AddDays(-3), End, 2_000)];
    private static readonly string[] Scores = ["likeness", "face_confidence", "motion_quality", "boundary_ssim"];

    [Fact]
    public void A_result_has_the_shape_hosts_send()
    {
        foreach (var job in Jobs.Where(job => !job.Failed))
        {
            using var document = JsonDocument.Parse(job.ResultJson()!);
            var result = document.RootElement;

            Assert.Equal(job.FrameCount, result.GetProperty("frame_count").GetInt32());
            Assert.Equal(job.TimePerFrameMs, result.GetProperty("time_per_frame_ms").GetDouble());
            Assert.Equal(job.GpuTimeMs, result.GetProperty("total_gpu_time_ms").GetInt64());
            Assert.Equal(job.WallTimeMs, result.GetProperty("total_wall_time_ms").GetInt64());
            Assert.Equal(job.Tier.Name, result.GetProperty("resolution_tier").GetString());
            Assert.Equal(job.VramPeakMb, result.TryGetProperty("vram_peak_mb", out var vram) ? vram.GetInt32() : null);
            Assert.Equal(job.Scores is not null, result.TryGetProperty("quality_scores", out var scores));
            if (job.Scores is not null)
            {
                Assert.NotEmpty(scores.EnumerateObject());
                Assert.All(scores.EnumerateObject(), score =>
                {
                    Assert.Contains(score.Name, Scores);
                    Assert.InRange(score.Value.GetDouble(), 0, 1);
                });
            }
            Assert.Equal(job.Stages is not null, result.TryGetProperty("pipeline_stages", out var stages));
            if (job.Stages is not null)
            {
                Assert.Equal("load_model", stages[0].GetProperty("name").GetString());
                Assert.Equal(
                    job.Stages,
                    stages.EnumerateArray().Select(stage => new DemoStage(stage.GetProperty("name").GetString()!, stage.GetProperty("duration_ms").GetInt32())));
            }
        }
    }

    [Fact]
    public void Time_per_frame_is_GPU_time_by_frames() =>
        Assert.All(Jobs, job => Assert.Equal((double)job.GpuTimeMs / job.FrameCount, job.TimePerFrameMs, 0.0051));

    [Fact]
    public void Parameters_name_steps_cfg_sampler_scheduler_model_and_seed()
    {
        foreach (var job in Jobs)
        {
            using var document = JsonDocument.Parse(job.ParametersJson());

            Assert.Equal(["steps", "cfg", "sampler", "scheduler", "model", "seed"], document.RootElement.EnumerateObject().Select(parameter => parameter.Name));
            Assert.Equal(job.Steps, document.RootElement.GetProperty("steps").GetInt32());
            Assert.True(document.RootElement.GetProperty("cfg").GetDouble() >= 1);
        }
    }
}
