namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>Frames and size of what a prompt makes. What the server says of the files comes first, then the number of still images, then the graph.</summary>
/// <param name="FrameCount">Null where that is unknown.</param>
/// <param name="Size">In pixels; null where that is unknown.</param>
/// <param name="Fps">Frames per second that the server gives for the video; null where it does not.</param>
internal sealed record PromptResult(int? FrameCount, (int Width, int Height)? Size, double? Fps)
{
    /// <summary>Puts the graph and the files together.</summary>
    public static PromptResult From(GraphOutputs graph, IReadOnlyList<OutputFile> files)
    {
        OutputFile[] videos = [.. files.Where(file => file.Kind == OutputKind.Video)];
        OutputFile[] images = [.. files.Where(file => file.Kind == OutputKind.Image)];
        // Files of cached nodes are missing from history as a rule: a video among them is still what the prompt is about.
        var lacksVideo = graph.Videos.Any(video => files.All(file => file.NodeId != video.Node.Id));
        if (videos.Length > 0)
        {
            var longest = videos.MaxBy(video => video.FrameCount ?? 0)!;
            var frames = videos.Any(video => video.FrameCount is null) || lacksVideo ? graph.Frames() : longest.FrameCount;
            return new PromptResult(frames, SizeOf([longest]) ?? SizeOf(videos) ?? graph.Size(), longest.Fps);
        }
        if (images.Length > 0 && !lacksVideo)
        {
            var counted = images.GroupBy(image => image.NodeId, StringComparer.Ordinal).Select(node => (node.Key, (int?)node.Count()));
            return new PromptResult(graph.Once(counted), SizeOf(images) ?? graph.Size(), null);
        }
        return new PromptResult(graph.Frames(), graph.Size(), null);
    }

    private static (int Width, int Height)? SizeOf(IEnumerable<OutputFile> files) => files
        .Where(file => file is { Width: not null, Height: not null })
        .OrderByDescending(file => (long)file.Width!.Value * file.Height!.Value)
        .Select(file => ((int, int)?)(file.Width!.Value, file.Height!.Value)).FirstOrDefault();
}
