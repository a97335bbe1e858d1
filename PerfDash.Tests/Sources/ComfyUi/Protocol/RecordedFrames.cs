using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

/// <summary>Frames of real servers, as one of the recorded sockets received them; a file is named by version and case.</summary>
internal static class RecordedFrames
{
    private static readonly string Folder = Path.Combine(Repository.Root, "PerfDash.Tests", "Sources", "ComfyUi", "Recorded");

    /// <param name="who">watcher, submitter, late, …</param>
    public static IReadOnlyList<JsonElement> ReadRaw(string file, string who) => [.. Read(file, who).Select(line => line.GetProperty("frame"))];

    /// <summary>Those that PerfDash reads, received when the recorder received them.</summary>
    public static IReadOnlyList<ComfyUiFrame> ReadParsed(string file, string who) =>
        [.. Read(file, who).Select(line => ComfyUiFrame.Parse(line.GetProperty("frame"), TimeOf(line))).OfType<ComfyUiFrame>()];

    /// <summary>Fed with all frames of a prompt; not closed.</summary>
    public static NodeTimes TimesOf(string file, string who, string promptId)
    {
        var times = new NodeTimes(promptId);
        foreach (var frame in ReadParsed(file, who))
            times.Add(frame);
        return times;
    }

    private static IEnumerable<JsonElement> Read(string file, string who) => File.ReadLines(Path.Combine(Folder, file + ".jsonl"))
        .Select(line => JsonElement.Parse(line))
        .Where(line => line.GetProperty("who").GetString() == who && line.TryGetProperty("frame", out _));

    private static DateTimeOffset TimeOf(JsonElement line) => DateTimeOffset.UnixEpoch.AddTicks((long)(line.GetProperty("t").GetDecimal() * TimeSpan.TicksPerSecond));
}
