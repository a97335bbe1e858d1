using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>What an output file is.</summary>
internal enum OutputKind
{
    /// <summary>A still image.</summary>
    Image,

    /// <summary>A video or an animated image.</summary>
    Video,

    /// <summary>Sound alone.</summary>
    Audio,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>A file that a node made. Temporary files (previews) and input files are left out.</summary>
/// <param name="Width">In pixels; null where the server does not say, as all but the newest.</param>
/// <param name="Height">In pixels; null as <paramref name="Width"/>.</param>
/// <param name="FrameCount">Frames of a video; null where the server does not say.</param>
/// <param name="Fps">Frames per second; null where the server does not say.</param>
/// <param name="DurationSeconds">Null where the server does not say.</param>
internal sealed record OutputFile(
    string NodeId, string Filename, string Subfolder, string Type, OutputKind Kind, int? Width, int? Height, int? FrameCount, double? Fps, double? DurationSeconds)
{
    private static readonly string[] StillEndings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".exr", ".avif", ".jxl"];
    private static readonly string[] MovingEndings = [".mp4", ".webm", ".mkv", ".mov", ".avi", ".gif", ".m4v"];
    private static readonly string[] SoundEndings = [".flac", ".wav", ".mp3", ".opus", ".ogg", ".m4a"];

    /// <summary>Reads <c>outputs</c> of a history entry: lists of files by node, under a name for each kind.</summary>
    public static IReadOnlyList<OutputFile> ParseAll(JsonElement outputs)
    {
        var files = new List<OutputFile>();
        foreach (var (nodeId, output) in outputs.Fields())
        {
            if (!StorableText.IsStorable(nodeId))
                continue;
            // One list for all files of the node: SaveAnimatedWEBP says [true] once.
            var animated = (output.Field("animated") ?? default).Items().Any(item => item.ValueKind == JsonValueKind.True);
            foreach (var (list, values) in output.Fields())
                files.AddRange(values.Items().Select(file => Parse(nodeId, list, animated, file)).OfType<OutputFile>());
        }
        return files;
    }

    private static OutputFile? Parse(string nodeId, string list, bool animated, JsonElement file)
    {
        if (file.Field("filename")?.Text() is not { Length: > 0 } filename)
            return null;
        var type = file.Field("type")?.Text() ?? "output";
        if (type is "temp" or "input")
            return null;
        var metadata = file.Field("metadata") ?? default;
        return new OutputFile(
            nodeId,
            filename,
            file.Field("subfolder")?.Text() ?? "",
            type,
            KindOf(list, animated, filename, metadata.Field("kind")?.Text()),
            Positive(metadata.Field("width")?.Count()),
            Positive(metadata.Field("height")?.Count()),
            Positive(metadata.Field("frame_count")?.Count()),
            Positive(metadata.Field("fps")?.Real() ?? file.Field("frame_rate")?.Real()),
            Positive(metadata.Field("duration")?.Real()));
    }

    private static OutputKind KindOf(string list, bool animated, string filename, string? kind)
    {
        if (kind == "audio" || list == "audio" || EndsIn(filename, SoundEndings))
            return OutputKind.Audio;
        // Files of VideoHelperSuite are under "gifs", whatever their format.
        if (kind == "video" || list is "gifs" or "video" or "videos" || EndsIn(filename, MovingEndings))
            return OutputKind.Video;
        if (kind is null or "image" && (list == "images" || EndsIn(filename, StillEndings)))
            return animated ? OutputKind.Video : OutputKind.Image;
        return OutputKind.Other;
    }

    private static bool EndsIn(string filename, string[] endings) => endings.Any(ending => filename.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static int? Positive(int? value) => value > 0 ? value : null;

    private static double? Positive(double? value) => value > 0 ? value : null;
}
