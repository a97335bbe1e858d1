using System.Globalization;
using System.Text;

namespace PerfDash.Bench.Routes;

/// <summary>How the time of each question grows with the table, as a picture for the documentation.</summary>
internal static class GrowthChart
{
    private const int Width = 860;
    private const int Left = 250;
    private const int Row = 22;
    private const int Top = 46;

    /// <summary>A bar for each question: its median at the largest size ÷ that at the smallest. A line marks five times.</summary>
    public static string Draw(int[] rowCounts, IReadOnlyDictionary<string, List<double>> medians)
    {
        var growths = medians.Select(m => (m.Key, Growth: m.Value[^1] / m.Value[0])).ToList();
        var longest = Math.Max(6, growths.Max(g => g.Growth));
        var height = Top + (Row * growths.Count) + 20;
        var svg = new StringBuilder(Text(
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\"><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
        svg.Append(Text($"<text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"bold\">Time at {rowCounts[^1]:N0} metrics ÷ time at {rowCounts[0]:N0}</text>"));
        foreach (var (i, (name, growth)) in growths.Index())
        {
            var y = Top + (i * Row);
            svg.Append(Text($"<text x=\"{Left - 8}\" y=\"{y + 12}\" text-anchor=\"end\">{name}</text>"));
            svg.Append(Text($"<rect x=\"{Left}\" y=\"{y}\" width=\"{X(growth) - Left:F1}\" height=\"15\" fill=\"{(growth <= 5 ? "#3b7dd8" : "#c8553d")}\"/>"));
            svg.Append(Text($"<text x=\"{X(growth) + 6:F1}\" y=\"{y + 12}\">{growth:F1}×</text>"));
        }

        svg.Append(Text($"<line x1=\"{X(5):F1}\" x2=\"{X(5):F1}\" y1=\"{Top - 8}\" y2=\"{height - 14}\" stroke=\"#555555\" stroke-dasharray=\"4 3\"/></svg>"));
        return svg.ToString();

        double X(double growth) => Left + ((Width - Left - 60) * Math.Min(growth, longest) / longest);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
