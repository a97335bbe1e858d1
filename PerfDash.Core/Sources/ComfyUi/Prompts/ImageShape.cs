namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The pictures that a node hands on, or the latents that become them.</summary>
internal sealed record ImageShape
{
    /// <summary>How many pictures; null where the graph does not say.</summary>
    public int? Frames { get; init; }

    /// <summary>In pixels; null where the graph does not say.</summary>
    public int? Width { get; init; }

    /// <summary>In pixels; null where the graph does not say.</summary>
    public int? Height { get; init; }

    /// <summary>True for the latents of a video, where one latent stands for several frames.</summary>
    public bool IsTemporal { get; init; }

    /// <summary>Id of the node that made the pictures: what only changes them keeps it.</summary>
    public required string Source { get; init; }

    /// <summary>The last sampler they came through, or null.</summary>
    public PromptNode? Sampler { get; init; }

    /// <summary>The node that began their latents, or null.</summary>
    public PromptNode? Latent { get; init; }

    /// <summary>Width × height; null where one is not known.</summary>
    public long? Area => (long?)Width * Height;

    /// <summary>A number of frames; null below one and beyond what an <see cref="int"/> holds.</summary>
    public static int? FramesFrom(double? frames) => frames is >= 1 and <= int.MaxValue ? (int)frames : null;
}
