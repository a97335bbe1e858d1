using System.Globalization;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Estimates;

/// <summary>The question of the estimate page, as it stands in the address or is being typed.</summary>
public sealed record EstimateForm
{
    /// <summary>Most frames one may ask for.</summary>
    public const int MaxFrames = 1_000_000;

    /// <summary>The workflow; null while none is chosen.</summary>
    public long? WorkflowId { get; init; }

    /// <summary>Frames, as typed.</summary>
    public string? Frames { get; init; }

    /// <summary>The tier; null for any.</summary>
    public string? Tier { get; init; }

    /// <summary>The worker; null for any.</summary>
    public long? WorkerId { get; init; }

    /// <summary>The class of run; null for a warm one.</summary>
    public RunClass? RunClass { get; init; }

    /// <summary>True where nothing has been asked yet.</summary>
    public bool IsBlank => WorkflowId is null && string.IsNullOrWhiteSpace(Frames);

    /// <summary>The frames as a number; null where they are none.</summary>
    public int? FrameCount =>
        int.TryParse(Frames?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MaxFrames ? count : null;

    /// <summary>What is wrong with the workflow; null when it will do.</summary>
    public string? WorkflowError => WorkflowId is null ? "Choose a workflow." : null;

    /// <summary>What is wrong with the frames; null when they will do.</summary>
    public string? FramesError => FrameCount is null ? $"A whole number of frames from 1 to {MaxFrames:#,0}." : null;

    /// <summary>Reads what an address says. An id that is no number is none.</summary>
    public static EstimateForm Parse(string? workflow, string? frames, string? tier, string? worker, string? runClass) => new()
    {
        WorkflowId = Id(workflow),
        Frames = frames,
        Tier = string.IsNullOrEmpty(tier) ? null : tier,
        WorkerId = Id(worker),
        RunClass = EnumText.Find<RunClass>(runClass),
    };

    private static long? Id(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
}
