using System.Text.RegularExpressions;
using ArchUnitNET.Loader;
using PerfDash.Core.Metrics;
using PerfDash.Data;

namespace PerfDash.Tests.Architecture;

/// <summary>What ARCHITECTURE.md says of who uses whom, compared with the compiled program.</summary>
public sealed partial class ArchitectureTests
{
    private const int MostFiles = 25;

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Program = new(() =>
        new ArchLoader().LoadAssemblies(typeof(Web.PageData.DashboardComponent).Assembly, typeof(MetricFilter).Assembly, typeof(PerfDashDbContext).Assembly).Build());

    [Fact]
    public void Web_uses_core_uses_data_and_nothing_points_back()
    {
        var uses = Uses(type => Regex.Match(type, @"^PerfDash\.(Web|Core|Data)\b").Groups[1].Value);
        Assert.Equal(["Core → Data", "Web → Core", "Web → Data"], uses);
    }

    [Theory]
    [InlineData("Folders of Core", @"^PerfDash\.Core\.(\w+)\.")]
    [InlineData("Features of Web", @"^PerfDash\.Web\.Features\.(\w+)\.")]
    public void A_folder_uses_what_the_page_on_architecture_names(string section, string pattern)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        var table = page.Split($"## {section}\n")[1].Split("\n## ")[0];
        var written = Row().Matches(table).SelectMany(row => CodeWord().Matches(row.Groups["uses"].Value).Select(used => $"{row.Groups["folder"].Value} → {used.Groups[1].Value}"));
        Assert.Equal(written.Order(StringComparer.Ordinal), Uses(type => Regex.Match(type, pattern).Groups[1].Value));
    }

    [Fact]
    public void No_folder_holds_more_than_25_things()
    {
        string[] projects = ["PerfDash.Core", "PerfDash.Data", "PerfDash.Web", "PerfDash.Tests", "bench"];
        var crowded = projects.SelectMany(project => Directory.EnumerateDirectories(Path.Combine(Repository.Root, project), "*", SearchOption.AllDirectories))
            .Where(folder => !Generated().IsMatch(folder))
            // A component is one thing with its code, styles and script.
            .Select(folder => (Folder: folder, Count: Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file).Split('.')[0]).Distinct(StringComparer.Ordinal).Count()))
            .Where(folder => folder.Count > MostFiles).Select(folder => $"{folder.Folder}: {folder.Count}");
        Assert.Empty(crowded);
    }

    [Fact]
    public void What_a_shared_query_uses_is_in_its_request()
    {
        var calls = Directory.EnumerateFiles(Path.Combine(Repository.Root, "PerfDash.Web", "Features"), "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".razor", StringComparison.Ordinal))
            .SelectMany(file => SharedCall().Matches(File.ReadAllText(file)).Select(call => call.Value)).ToArray();
        Assert.True(calls.Length > 20, "The calls have another name.");
        // A lambda that is not static can capture what is not part of the key.
        Assert.DoesNotContain(calls, call => call.Contains("=>", StringComparison.Ordinal) && !call.Contains(" static ", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Uses(Func<string, string> partOf) => Program.Value.Types
        .SelectMany(type => type.Dependencies.Select(used => (From: partOf(type.FullName), To: partOf(used.Target.FullName))))
        .Where(use => use.From != "" && use.To != "" && use.From != use.To)
        .Select(use => $"{use.From} → {use.To}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^\| `(?<folder>\w+)` \|[^|\n]*\|(?<uses>[^|\n]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bSharedAsync\([^;]*?, cancellationToken\)", RegexOptions.Singleline)]
    private static partial Regex SharedCall();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex CodeWord();

    [GeneratedRegex(@"[/\\](bin|obj|node_modules|wwwroot|Examples)([/\\]|$)", RegexOptions.ExplicitCapture)]
    private static partial Regex Generated();
}
