using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>The nodes of a graph that save pictures, and what they save.</summary>
internal sealed class GraphOutputs
{
    private static readonly string[] WordsOfVideo = ["Video", "WEBM", "Animat", "Gif"];

    private readonly SavingNode[] _savers;

    private GraphOutputs(SavingNode[] savers)
    {
        _savers = savers;
        Videos = [.. savers.Where(saver => saver.IsVideo)];
        Main = Videos.Count > 0
            ? Videos.OrderByDescending(saver => saver.Frames ?? 0).ThenByDescending(saver => saver.Shape.Area ?? 0).ThenBy(saver => saver.Node.ClassType, StringComparer.Ordinal).First()
            : savers.OrderByDescending(saver => saver.Shape.Area ?? 0).FirstOrDefault();
    }

    /// <summary>Those that save a video or an animated image.</summary>
    public IReadOnlyList<SavingNode> Videos { get; }

    /// <summary>The video with the most frames, else the largest still image; null where no picture is saved.</summary>
    public SavingNode? Main { get; }

    /// <summary>Finds them among the output nodes. Nodes that only show pictures count where no node saves any.</summary>
    public static GraphOutputs From(PromptGraph graph, IReadOnlyList<string> roots, ImageShapes shapes)
    {
        SavingNode[] all = [.. roots.Select(root => graph.Nodes.GetValueOrDefault(root)).OfType<PromptNode>()
            .Where(node => node.Links.Any(link => link.Input is "images" or "image" or "video" or "frames"))
            .Select(node => shapes.Into(node) is { } shape ? Saving(graph, node, shape) : null).OfType<SavingNode>()];
        SavingNode[] saved = [.. all.Where(node => !node.IsPreview)];
        return new GraphOutputs(saved.Length > 0 ? saved : all);
    }

    /// <summary>
    /// Frames that the graph makes; null where it does not say. The longest video counts, as still images beside one are made on the way to it;
    /// without a video all still images do.
    /// </summary>
    public int? Frames()
    {
        if (_savers.Length == 0)
            return null;
        if (Videos.Count > 0)
            return Videos.Any(video => video.Frames is null) ? null : Main!.Frames;
        return Once(_savers.Select(saver => (saver.Node.Id, saver.Frames)));
    }

    /// <summary>The sum of the images of several nodes; those of one decoded batch that several save count once.</summary>
    public int? Once(IEnumerable<(string NodeId, int? Frames)> images)
    {
        var sourceOf = _savers.ToDictionary(saver => saver.Node.Id, saver => saver.Shape.Source, StringComparer.Ordinal);
        var batches = images.GroupBy(image => sourceOf.GetValueOrDefault(image.NodeId, image.NodeId), image => image.Frames, StringComparer.Ordinal)
            .Select(batch => batch.Contains(null) ? null : batch.Max()).ToArray();
        return batches.Contains(null) ? null : ImageShape.FramesFrom(batches.Sum(batch => (double)batch!.Value));
    }

    /// <summary>Width and height of <see cref="Main"/> in pixels; null where the graph does not say.</summary>
    public (int Width, int Height)? Size()
    {
        // An image whose size is not known may be the largest.
        var candidates = Videos.Count > 0 ? [Main!] : _savers;
        return candidates.Length > 0 && candidates.All(saver => saver.Shape.Area is not null) && Main!.Shape is { Width: { } width, Height: { } height } ? (width, height) : null;
    }

    private static SavingNode Saving(PromptGraph graph, PromptNode node, ImageShape shape)
    {
        var video = graph.Linked(node, "video");
        var fps = graph.Value(node, "fps") ?? graph.Value(node, "frame_rate") ?? (video is null ? null : graph.Value(video, "fps"));
        var isVideo = video is not null || node.Has("fps") || node.Has("frame_rate") || WordsOfVideo.Any(word => node.ClassType.Contains(word, StringComparison.OrdinalIgnoreCase));
        var saves = graph.Value(node, "save_output")?.ValueKind != JsonValueKind.False;
        // Back and forth: the frames between the ends come twice.
        var pingPong = graph.Value(node, "pingpong")?.ValueKind == JsonValueKind.True;
        return new SavingNode(
            node,
            shape,
            pingPong && shape.Frames is { } once ? ImageShape.FramesFrom(Math.Max(once, (2.0 * once) - 2)) : shape.Frames,
            fps?.Number(),
            isVideo,
            !saves || node.ClassType.Contains("Preview", StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>A node that saves pictures.</summary>
/// <param name="Shape">The pictures it is given.</param>
/// <param name="Frames">Pictures in what it saves; null where the graph does not say.</param>
/// <param name="Fps">Frames per second that it writes, a number as JSON has it; null for still images and where the graph does not say.</param>
/// <param name="IsVideo">True for a video or an animated image.</param>
/// <param name="IsPreview">True where the file is a temporary one.</param>
internal sealed record SavingNode(PromptNode Node, ImageShape Shape, int? Frames, object? Fps, bool IsVideo, bool IsPreview);
