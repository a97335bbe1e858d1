using System.Text.RegularExpressions;

namespace PerfDash.Tests.Shared;

/// <summary>What the Razor compiler does to the texts of pages.</summary>
public sealed partial class RazorTextTests
{
    [Fact]
    public void No_text_relies_on_a_space_that_the_compiler_removes()
    {
        // White space at the end of an element is dropped: sentences in one span each would run together.
        var pages = Directory.EnumerateFiles(Path.Combine(Repository.Root, "PerfDash.Web"), "*.razor", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(pages);
        Assert.Empty(pages.SelectMany(f => SpaceBeforeEnd().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileName(f)}: {m.Value}")));
    }

    [GeneratedRegex("[^\\s>\\n][ ]</(span|p|a|strong|em|li|td|th|code|div)>")]
    private static partial Regex SpaceBeforeEnd();
}
