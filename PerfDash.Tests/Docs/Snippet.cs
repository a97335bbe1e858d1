namespace PerfDash.Tests.Docs;

/// <summary>A fenced code block of README.md or of a page in docs/.</summary>
/// <param name="File">Its file, relative to the repository.</param>
/// <param name="Line">Where the fence opens, from 1.</param>
/// <param name="Language">What stands behind the opening fence; empty where nothing does.</param>
/// <param name="Text">The block without its fences.</param>
internal sealed record Snippet(string File, int Line, string Language, string Text)
{
    /// <summary>All of them, in reading order.</summary>
    public static IReadOnlyList<Snippet> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Prepend(Path.Combine(Repository.Root, "README.md"))
            .SelectMany(Read),
    ];

    /// <inheritdoc />
    public override string ToString() => $"{File}:{Line} {Language}";

    private static IEnumerable<Snippet> Read(string path)
    {
        var lines = System.IO.File.ReadAllLines(path);
        for (var at = 0; at < lines.Length; at++)
        {
            if (!lines[at].StartsWith("```", StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, at + 1, line => line.StartsWith("```", StringComparison.Ordinal));
            yield return new Snippet(Path.GetRelativePath(Repository.Root, path), at + 1, lines[at][3..].Trim(), string.Join('\n', lines[(at + 1)..end]));
            at = end;
        }
    }
}
