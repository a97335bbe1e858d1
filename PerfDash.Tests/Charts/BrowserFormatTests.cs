using System.Text.Json;
using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

/// <summary>Compares the browser's formatting module with the C# one.</summary>
public sealed class BrowserFormatTests
{
    private static readonly double[] Values =
    [
        0, 0.001, 0.004, 0.0049, 0.05, 0.099, 0.1, 0.125, 0.5, 0.92, 0.999, 1, 1.005, 1.5, 2.675, 9.99, 9.994, 9.996, 10, 12.34, 42.25, 59.95, 99.94, 99.96, 100,
        512, 812.5, 999.4, 999.5, 999.95, 1000, 1023.4, 1023.5, 1024, 1250, 18_637, 42_300, 59_949, 59_950, 60_000, 65_400, 192_000, 999_949, 999_950, 1_234_567,
        3_599_499, 3_599_500, 7_500_000, 86_369_999, 86_370_000, 273_600_000, 8_640_000_000, 999_950_000, 4_500_000_000, 1e12,
    ];

    private static readonly double[] Moments =
        [0, 1_772_323_200_000, 1_790_812_799_000, 1_793_923_200_000, 1_798_761_599_999, 1_709_164_800_000];

    [Fact]
    public async Task The_browser_formats_every_unit_as_the_server_does()
    {
        double[] signed = [.. Values, .. Values.Select(v => -v)];
        var units = Enum.GetValues<ValueUnit>();
        var expected = units.SelectMany(u => signed.SelectMany(v => new[] { UnitFormat.Format(v, u), UnitFormat.Axis(v, u) }));
        var actual = await RunAsync($$"""
            const values = {{JsonSerializer.Serialize(signed)}};
            const units = {{JsonSerializer.Serialize(units.Select(u => JsonNamingPolicy.CamelCase.ConvertName(u.ToString())))}};
            console.log(JSON.stringify(units.flatMap(u => values.flatMap(v => [formatValue(v, u), formatAxis(v, u)]))));
            """);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task The_browser_names_moments_as_the_server_does()
    {
        var grains = Enum.GetValues<TimeGrain>();
        var expected = grains.SelectMany(g => Moments.Select(m => TimeLabel.Format(m, g)));
        var actual = await RunAsync($$"""
            const moments = {{JsonSerializer.Serialize(Moments)}};
            const grains = {{JsonSerializer.Serialize(grains.Select(g => JsonNamingPolicy.CamelCase.ConvertName(g.ToString())))}};
            console.log(JSON.stringify(grains.flatMap(g => moments.map(m => formatTime(m, g)))));
            """);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public async Task The_browser_shows_what_is_not_there_as_a_dash()
    {
        var actual = await RunAsync("console.log(JSON.stringify([formatValue(null, 'count'), formatValue(undefined, 'score'), formatAxis(NaN, 'vramMb')]));");
        Assert.All(actual, text => Assert.Equal(UnitFormat.Missing, text));
    }

    private static Task<string[]> RunAsync(string script) =>
        BrowserModules.RunAsync("import { formatAxis, formatTime, formatValue } from './unit-format.js';\n" + script);
}
