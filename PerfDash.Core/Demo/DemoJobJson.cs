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

    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    public DemoJobJson() => _json = new Utf8JsonWriter(_buffer);

    public void Dispose() => _json.Dispose();

    public ReadOnlyMemory<byte> Parameters(DemoJob job)
    {
        Begin();
        _json.WriteStartObject();
        _json.WriteNumber(StepsName, job.Steps);
        _json.WriteNumber(CfgName, job.Cfg);
        _json.WriteString(SamplerName, job.Workflow.Sampler);
        _json.WriteString(SchedulerName, job.Workflow.Scheduler);
        _json.WriteString(ModelName, job.Workflow.Model);
        _json.WriteNumber(SeedName, job.NoiseSeed);
        _json.WriteEndObject();
        return End();
    }

    public ReadOnlyMemory<byte> Result(DemoJob job)
    {
        Begin();
        _json.WriteStartObject();
        _json.WriteNumber(FrameCountName, job.FrameCount);
        _json.WriteNumber(TimePerFrameName, job.TimePerFrameMs);
        _json.WriteNumber(GpuTimeName, job.GpuTimeMs);
        _json.WriteNumber(WallTimeName, job.WallTimeMs);
        if (job.VramPeakMb is { } vramPeakMb)
            _json.WriteNumber(VramPeakName, vramPeakMb);
        _json.WriteString(TierName, job.Tier.Name);
        if (job.Scores is { } scores)
        {
            _json.WritePropertyName(ScoresName);
            Write(scores);
        }
        if (job.Stages is { } stages)
        {
            _json.WritePropertyName(StagesName);
            Write(stages);
        }
        _json.WriteEndObject();
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
        _json.WriteStartObject();
        WriteScore(LikenessName, scores.Likeness);
        WriteScore(FaceConfidenceName, scores.FaceConfidence);
        WriteScore(MotionQualityName, scores.MotionQuality);
        WriteScore(BoundarySsimName, scores.BoundarySsim);
        _json.WriteEndObject();
    }

    private void WriteScore(JsonEncodedText name, double? score)
    {
        if (score is { } value)
            _json.WriteNumber(name, value);
    }

    private void Write(IReadOnlyList<DemoStage> stages)
    {
        _json.WriteStartArray();
        for (var i = 0; i < stages.Count; i++)
        {
            _json.WriteStartObject();
            _json.WriteString(NameName, stages[i].Name);
            _json.WriteNumber(DurationName, stages[i].DurationMs);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
    }

    private void Begin()
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
    }

    private ReadOnlyMemory<byte> End()
    {
        _json.Flush();
        return _buffer.WrittenMemory;
    }
}
