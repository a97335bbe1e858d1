namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The nodes that begin an image or a video, with its size and length in their inputs.</summary>
internal static class LatentNodes
{
    private static readonly LatentNode Image = new(null, 1, 8);
    private static readonly LatentNode Video = new("length", 4, 8);

    private static readonly Dictionary<string, LatentNode> Known = new(StringComparer.Ordinal)
    {
        ["EmptyLatentImage"] = Image,
        ["EmptySD3LatentImage"] = Image,
        ["EmptyFlux2LatentImage"] = Image with { Grid = 16 },
        ["EmptyHunyuanImageLatent"] = Image with { Grid = 32 },
        ["EmptyImage"] = Image with { Grid = 1 },
        ["EmptyHunyuanLatentVideo"] = Video,
        ["EmptyHunyuanVideo15Latent"] = Video with { Grid = 16 },
        ["HunyuanImageToVideo"] = Video,
        ["HunyuanVideo15ImageToVideo"] = Video with { Grid = 16 },
        ["WanImageToVideo"] = Video,
        ["WanFunControlToVideo"] = Video,
        ["WanFunInpaintToVideo"] = Video,
        ["WanFirstLastFrameToVideo"] = Video,
        ["WanCameraImageToVideo"] = Video,
        ["WanVaceToVideo"] = Video,
        ["Wan22ImageToVideoLatent"] = Video with { Grid = 16 },
        ["CosmosPredict2ImageToVideoLatent"] = Video,
        ["WanVideoEmptyEmbeds"] = Video with { LengthInput = "num_frames" },
        ["EmptyLTXVLatentVideo"] = new("length", 8, 32),
        ["LTXVImgToVideo"] = new("length", 8, 32),
        ["EmptyCosmosLatentVideo"] = new("length", 8, 8),
        ["CosmosImageToVideoLatent"] = new("length", 8, 8),
        ["EmptyMochiLatentVideo"] = new("length", 6, 8),
        ["SVD_img2vid_Conditioning"] = new("video_frames", 1, 8),
        ["SV3D_Conditioning"] = new("video_frames", 1, 8),
    };

    /// <summary>What such a node begins; null for other nodes.</summary>
    public static ImageShape? Shape(PromptGraph graph, PromptNode node)
    {
        if (!Known.TryGetValue(node.ClassType, out var known))
            return null;
        return new ImageShape
        {
            // References are put before the frames, and cut off again by a node further on.
            Frames = node.ClassType == "WanVaceToVideo" && node.Link("reference_image") is not null ? null : Frames(graph, node, known),
            Width = Side(graph, node, "width", known),
            Height = Side(graph, node, "height", known),
            IsTemporal = known.LengthInput is not null,
            Source = node.Id,
            Latent = node,
        };
    }

    /// <summary>The length that a video was asked for, as it stands in the node; null for images and where it is not there.</summary>
    public static object? Length(PromptGraph graph, PromptNode node) =>
        Known.GetValueOrDefault(node.ClassType)?.LengthInput is { } input ? graph.Value(node, input)?.Number() : null;

    /// <summary>
    /// Frames that are decoded, without any that belong to references; null where the graph does not say. The decoder makes
    /// <c>k × ⌊(length − 1) / k⌋ + 1</c> frames.
    /// </summary>
    public static int? Frames(PromptGraph graph, PromptNode node) => Known.TryGetValue(node.ClassType, out var known) ? Frames(graph, node, known) : null;

    private static int? Frames(PromptGraph graph, PromptNode node, LatentNode known)
    {
        // Nodes for one video have no batch size.
        var batch = node.Has("batch_size") ? graph.Value(node, "batch_size")?.Count() : known.LengthInput is null ? null : 1;
        if (known.LengthInput is not { } input)
            return ImageShape.FramesFrom(batch);
        if (graph.Value(node, input)?.Count() is not ({ } length and > 0))
            return null;
        return ImageShape.FramesFrom((double?)batch * (((length - 1) / known.FramesPerLatent * (double)known.FramesPerLatent) + 1));
    }

    private static int? Side(PromptGraph graph, PromptNode node, string input, LatentNode known) =>
        graph.Value(node, input)?.Count() is { } side && side >= known.Grid ? side - (side % known.Grid) : null;

    /// <param name="LengthInput">Input with the number of frames; null for images.</param>
    /// <param name="FramesPerLatent">Frames that one latent stands for; only the first frame has one of its own.</param>
    /// <param name="Grid">Pixels that one latent stands for; a rest is cut off.</param>
    private sealed record LatentNode(string? LengthInput, int FramesPerLatent, int Grid);
}
