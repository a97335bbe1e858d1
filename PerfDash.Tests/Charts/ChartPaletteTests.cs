using PerfDash.Web.Charts;

namespace PerfDash.Tests.Charts;

public sealed class ChartPaletteTests
{
    // Linear RGB as protanopes and deuteranopes see it (Machado, Oliveira and Fernandes 2009, severity 1).
    private static readonly double[][] Protanopia = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
    private static readonly double[][] Deuteranopia = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];

    private static readonly string[] ContractScores = ["likeness", "face_confidence", "motion_quality", "boundary_ssim"];

    [Theory]
    [InlineData(false, "#FFFFFF")]
    [InlineData(true, "#1E1E1E")]
    [InlineData(true, "#373740")]
    public void Every_colour_stands_out_from_the_page(bool dark, string page) =>
        Assert.All(dark ? ChartPalette.Dark : ChartPalette.Light, colour => Assert.True(Contrast(colour, page) >= 3, $"{colour} on {page}: {Contrast(colour, page):0.00}"));

    [Fact]
    public void Colours_stay_apart_for_colour_blind_people()
    {
        foreach (var palette in new[] { ChartPalette.Light, ChartPalette.Dark })
        {
            foreach (var eye in new[] { Protanopia, Deuteranopia })
            {
                var seen = palette.Select(c => Lab(c, eye)).ToList();
                var nearest = seen.SelectMany((a, i) => seen.Skip(i + 1).Select(b => Distance(a, b))).Min();
                Assert.True(nearest > 15, $"nearest pair: {nearest:0.0}");
            }
        }
    }

    [Fact]
    public void An_entity_always_has_the_same_colour_and_neighbours_have_others()
    {
        Assert.Equal(ChartPalette.ColorFor(EntityKind.Worker, 3), ChartPalette.ColorFor(EntityKind.Worker, 3));
        Assert.Equal(8, Enumerable.Range(1, 8).Select(id => ChartPalette.ColorFor(EntityKind.Workflow, id)).Distinct().Count());
        Assert.Equal(4, ContractScores.Select(n => ChartPalette.ColorFor(EntityKind.Score, n)).Distinct().Count());
        Assert.Equal(ChartPalette.ColorFor(EntityKind.Stage, "load_model"), ChartPalette.ColorFor(EntityKind.Stage, new string("load_model".ToCharArray())));
        Assert.Contains(ChartPalette.ColorFor(EntityKind.Workflow, long.MinValue + 1), ChartPalette.Light);
    }

    [Fact]
    public void A_colour_keeps_its_slot_on_dark_pages()
    {
        Assert.Equal(ChartPalette.Dark[2], ChartPalette.OnDark(ChartPalette.Light[2]));
        Assert.Equal("#123456", ChartPalette.OnDark("#123456"));
    }

    private static double[] Linear(string hex) =>
        [.. Convert.FromHexString(hex.AsSpan(1)).Select(b => b / 255d).Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];

    private static double Contrast(string a, string b)
    {
        double Luminance(string hex) => Linear(hex) is [var r, var g, var b] ? (0.2126 * r) + (0.7152 * g) + (0.0722 * b) : 0;
        var (one, other) = (Luminance(a) + 0.05, Luminance(b) + 0.05);
        return Math.Max(one, other) / Math.Min(one, other);
    }

    private static double[] Lab(string hex, double[][] eye)
    {
        var light = Linear(hex);
        double[] seen = [.. eye.Select(row => Math.Clamp(row.Zip(light, (m, c) => m * c).Sum(), 0, 1))];
        double F(double t) => t > 0.008856 ? Math.Cbrt(t) : (7.787 * t) + (16d / 116);
        var x = F(((0.4124 * seen[0]) + (0.3576 * seen[1]) + (0.1805 * seen[2])) / 0.9505);
        var y = F((0.2126 * seen[0]) + (0.7152 * seen[1]) + (0.0722 * seen[2]));
        var z = F(((0.0193 * seen[0]) + (0.1192 * seen[1]) + (0.9505 * seen[2])) / 1.089);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
