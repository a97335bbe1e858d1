using System.Buffers;
using System.Text.Json;

namespace PerfDash.Core.Demo;

/// <summary>
/// Writes the JSON columns of demo jobs into one buffer, without an object per job. What a method returns is
/// overwritten by the next call.
/// </summary>
internal sealed class DemoJobJson : IDisposable
{
    private static readonly JsonEncodedText StepsName = JsonEncodedText.Encode("steps");
    private static readonly JsonEncodedText CfgName = JsonEncodedText.Encode("cfg");
    private static readonly JsonEncodedText SamplerName = JsonEncodedText.Encode("sampler");
    private static readonly JsonEncodedText SchedulerName = JsonEncodedText.Encode("scheduler");
    private static readonly JsonEncodedText ModelName = JsonEncodedText.Encode("model");
    private static readonly JsonEncodedText SeedName = JsonEncodedText.Encode("seed");
    private static readonly JsonEncodedText FrameCountName = JsonEncodedText.Encode("frame_count");
    private static readonly JsonEncodedText TimePerFrameName = JsonEncodedText.Encode("time_per_frame_ms");
    private static readonly JsonEncodedText GpuTimeName = JsonEncodedText.Encode("total_gpu_time_ms");
    private static readonly JsonEncodedText WallTimeName = JsonEncodedText.Encode("total_wall_time_ms");
    private static readonly JsonEncodedText VramPeakName = JsonEncodedText.Encode("vram_peak_mb");
    private static readonly JsonEncodedText TierName = JsonEncodedText.Encode("resolution_tier");
    private static readonly JsonEncodedText ScoresName = JsonEncodedText.Encode("quality_scores");
    private static readonly JsonEncodedText LikenessName = JsonEncodedText.Encode("likeness");
    private static readonly JsonEncodedText FaceConfidenceName = JsonEncodedText.Encode("face_confidence");
    private static readonly JsonEncodedText MotionQualityName = JsonEncodedText.Encode("motion_quality");
    private static readonly JsonEncodedText BoundarySsimName = JsonEncodedText.Encode("boundary_ssim");
    private static readonly JsonEncodedText StagesName = JsonEncodedText.Encode("pipeline_stages");
    private static readonly JsonEncodedText NameName = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText DurationName = JsonEncodedText.Encode("duration_ms");

    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private readonly Utf8JsonWriter json;

    public DemoJobJson() => json = new Utf8JsonWriter(buffer);

    public void Dispose() => json.Dispose();

    public ReadOnlyMemory<byte> Parameters(DemoJob job)
    {
        Begin();
        json.WriteStartObject();
        json.WriteNumber(StepsName, job.Steps);
        json.WriteNumber(CfgName, job.Cfg);
        json.WriteString(SamplerName, job.Workflow.Sampler);
        json.WriteString(SchedulerName, job.Workflow.Scheduler);
        json.WriteString(ModelName, job.Workflow.Model);
        json.WriteNumber(SeedName, job.NoiseSeed);
        json.WriteEndObject();
        return End();
    }

    public ReadOnlyMemory<byte> Result(DemoJob job)
    {
        Begin();
        json.WriteStartObject();
        json.WriteNumber(FrameCountName, job.FrameCount);
        json.WriteNumber(TimePerFrameName, job.TimePerFrameMs);
        json.WriteNumber(GpuTimeName, job.GpuTimeMs);
        json.WriteNumber(WallTimeName, job.WallTimeMs);
        if (job.VramPeakMb is { } vramPeakMb)
            json.WriteNumber(VramPeakName, vramPeakMb);
        json.WriteString(TierName, job.Tier.Name);
        if (job.Scores is { } scores)
        {
            json.WritePropertyName(ScoresName);
            Write(scores);
        }
        if (job.Stages is { } stages)
        {
            json.WritePropertyName(StagesName);
            Write(stages);
        }
        json.WriteEndObject();
        return End();
    }

    public ReadOnlyMemory<byte> Scores(DemoScores scores)
    {
        Begin();
        Write(scores);
        return End();
    }

    public ReadOnlyMemory<byte> Stages(IReadOnlyList<DemoStage> stages)
    {
        Begin();
        Write(stages);
        return End();
    }

    private void Write(DemoScores scores)
    {
        json.WriteStartObject();
        WriteScore(LikenessName, scores.Likeness);
        WriteScore(FaceConfidenceName, scores.FaceConfidence);
        WriteScore(MotionQualityName, scores.MotionQuality);
        WriteScore(BoundarySsimName, scores.BoundarySsim);
        json.WriteEndObject();
    }

    private void WriteScore(JsonEncodedText name, double? score)
    {
        if (score is { } value)
            json.WriteNumber(name, value);
    }

    private void Write(IReadOnlyList<DemoStage> stages)
    {
        json.WriteStartArray();
        for (var i = 0; i < stages.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString(NameName, stages[i].Name);
            json.WriteNumber(DurationName, stages[i].DurationMs);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Begin()
    {
        buffer.ResetWrittenCount();
        json.Reset();
    }

    private ReadOnlyMemory<byte> End()
    {
        json.Flush();
        return buffer.WrittenMemory;
    }
}
