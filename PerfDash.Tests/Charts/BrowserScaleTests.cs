namespace PerfDash.Tests.Charts;

/// <summary>The value axes and ticks the browser chooses.</summary>
public sealed class BrowserScaleTests
{
    private const string Imports = """
        import { valueScale, niceScale, ticksOf, logTicks } from './scale.js';
        import { binTicks } from './annotations.js';
        import { formatAxis } from './unit-format.js';
        const at = (...values) => values.map((v, x) => [x, v]);
        const usual = Array.from({ length: 48 }, (_, i) => 1000 + 100 * Math.sin(i));
        const ends = s => [s.min, s.max].join(' ');

        """;

    private static Task<string[]> RunAsync(string expressions) => BrowserModules.RunAsync($"{Imports}console.log(JSON.stringify([{expressions}].map(String)));");

    [Fact]
    public async Task A_few_values_far_out_do_not_decide_the_axis_unless_all_are_wanted()
    {
        var found = await RunAsync("""
            valueScale(at(...usual, 60000), [], 'msPerFrame', true, 'auto').max < 2000,
            valueScale(at(...usual, 60000), [], 'msPerFrame', true, 'full').max,
            valueScale(at(60000, ...usual, 80000), [], 'msPerFrame', true, 'auto').max < 2000,
            valueScale(at(...usual, ...Array(12).fill(60000)), [], 'msPerFrame', true, 'auto').max,
            valueScale(at(1000, 1010, 60000), [], 'msPerFrame', true, 'auto').max,
            valueScale(at(...usual, 1900), [], 'msPerFrame', true, 'auto').max,
            valueScale(at(...Array(40).fill(0), 7), [], 'count', true, 'auto').max >= 7,
            valueScale(at(...usual.map(v => v / 1200), 0.01), [], 'score', false, 'auto').min > 0.6,
            valueScale(at(...usual, 60000), [], 'msPerFrame', true, 'auto', at(...Array(7).fill(9000))).max < 2000,
            valueScale(at(...usual), [], 'msPerFrame', true, 'auto', at(...Array(7).fill(9000))).max >= 9000
            """);
        // A fifth of the places, three values, less than 2.5 times as much, and the only count there is: the axis holds them. A moving
        // average over what is far out does not, and a derived line of its own does.
        Assert.Equal(["true", "60000", "true", "60000", "60000", "2000", "true", "true", "true", "true"], found);
    }

    [Fact]
    public async Task A_limit_near_the_values_is_on_the_axis_and_a_far_one_does_not_flatten_them()
    {
        var found = await RunAsync("""
            valueScale(at(...usual), [1900], 'msPerFrame', true, 'auto').max >= 1900,
            valueScale(at(...usual), [300000], 'msPerFrame', true, 'auto').max < 2000,
            valueScale(at(...usual), [300000], 'msPerFrame', true, 'full').max < 2000,
            valueScale(at(0.9, 0.92, 0.93), [0.88], 'score', false, 'auto').min <= 0.88,
            valueScale(at(0.9, 0.92, 0.93), [0.3], 'score', false, 'auto').min > 0.8
            """);
        Assert.All(found, holds => Assert.Equal("true", holds));
    }

    [Fact]
    public async Task A_logarithmic_axis_has_round_ticks_and_takes_values_there_and_back()
    {
        var found = await RunAsync("""
            logTicks(12, 900, 'count').join(' '),
            logTicks(3, 2e6, 'count').join(' '),
            logTicks(700, 61000, 'msPerFrame').map(v => formatAxis(v, 'msPerFrame')).join(' '),
            logTicks(950, 1100, 'msPerFrame').map(v => formatAxis(v, 'msPerFrame')).join(' '),
            (s => [s.place(0), s.place(-3), Math.round(s.value(s.place(4321)))].join(' '))(valueScale(at(10, 9000), [], 'number', true, 'log'))
            """);
        Assert.Equal(
            [
                "10 20 50 100 200 500 1000", "1 10 100 1000 10000 100000 1000000 10000000", "500 ms 1 s 2 s 5 s 10 s 20 s 30 s 1m 2m",
                "950 ms 1 s 1.05 s 1.1 s", "  4321",
            ],
            found);
    }

    [Fact]
    public async Task A_distribution_has_round_ticks_where_they_belong_between_its_edges()
    {
        var found = await RunAsync("""
            binTicks({ edges: [90, 100, 110, 120, 130], unit: 'count', isLog: false }, 9).map(t => `${t.at}:${t.text}`).join(' '),
            binTicks({ edges: [1000, 1100, 1200, 1300, 1400, 60000], unit: 'msPerFrame', isLog: false }, 6).map(t => `${t.at}:${t.text}`).join(' '),
            binTicks({ edges: [1, 2, 4, 8, 16], unit: 'number', isLog: true }, 6).map(t => `${t.at.toFixed(2)}:${t.text}`).join(' '),
            binTicks({ edges: [1000, 1010], unit: 'msPerFrame', isLog: false }, 6).map(t => `${t.at}:${t.text}`).join(' ')
            """);
        Assert.Equal(
            [
                "0:90 0.5:95 1:100 1.5:105 2:110 2.5:115 3:120 3.5:125 4:130", "0:1 s 1:1.1 s 2:1.2 s 3:1.3 s 4:1.4 s 5:1m",
                "0.00:1 1.00:2 2.32:5 3.32:10", "0:1 s 1:1.01 s",
            ],
            found);
    }

    [Fact]
    public async Task A_time_axis_of_any_length_and_width_has_two_ticks_or_more_and_not_too_many()
    {
        var wrong = await BrowserModules.RunAsync("""
            import { timeTicks } from './ticks.js';
            const hour = 3600000, wrong = [];
            for (const length of [1, 2, 7, 24, 48, 60, 168, 200, 720, 2160, 8760, 43800, 350400])
              for (const start of [0, 11, 35, 77])
                for (const most of [3, 4, 7, 12, 20]) {
                  const from = Date.UTC(2026, 10, 22) + start * hour;
                  const ticks = timeTicks(from, from + length * hour, most);
                  const isOrdered = ticks.every((t, i) => t.at >= from && t.at <= from + length * hour && (i === 0 || t.at > ticks[i - 1].at));
                  if (ticks.length < 2 || ticks.length > most || !isOrdered) wrong.push(`${length} ${start} ${most}: ${ticks.map(t => t.text)}`);
                }
            console.log(JSON.stringify(wrong));
            """);
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Ticks_of_any_axis_differ_from_each_other_and_say_exactly_where_they_stand()
    {
        // Read back with the units' own meaning: what is written is where the tick is.
        var wrong = await BrowserModules.RunAsync(Imports + """
            const factor = { ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5, k: 1e3, M: 1e6, G: 1e9, MB: 1, GB: 1024, '%': 1, '×': 1, '': 1 };
            const read = (text, unit) => text.replaceAll(',', '').replace('−', '-').replace('+', '').split(/ (?=[0-9])/).reduce((sum, part) => {
              const [, number, word] = part.match(/^(-?[0-9.]+) ?(.*)$/);
              return sum + Number(number) * (unit === 'gpuHours' ? 1 : factor[word]) * (sum < 0 ? -1 : 1);
            }, 0);
            const wrong = [];
            for (const unit of ['count', 'number', 'durationMs', 'msPerFrame', 'vramMb', 'gpuHours', 'percent', 'score', 'ratio', 'money'])
              for (let e = -3; e <= 8; e++)
                for (const [low, high] of [[0, 1.25], [0, 9.9], [0, 3.1], [1, 1.25], [1, 1.003], [7.77, 7.78]]) {
                  const ticks = ticksOf(niceScale([low * 10 ** e, high * 10 ** e], unit, false));
                  const texts = ticks.map(v => formatAxis(v, unit));
                  if (new Set(texts).size < texts.length || ticks.some((v, i) => Math.abs(read(texts[i], unit) - v) > 1e-6 * Math.max(Math.abs(v), 1e-9)))
                    wrong.push(`${unit} ${ticks} ${texts}`);
                }
            console.log(JSON.stringify(wrong));
            """);
        Assert.Empty(wrong);
    }
}
