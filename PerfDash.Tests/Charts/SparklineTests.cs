using Bunit;
using PerfDash.Tests.Components;
using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Charts;

public sealed class SparklineTests : PageContext
{
    private static SparklineDrawing? Draw(params double?[] values) => SparklineDrawing.From(values, "Time per frame", ValueUnit.MsPerFrame);

    [Fact]
    public void Gaps_break_the_line_and_a_lone_value_is_a_dot()
    {
        var drawing = Draw(10, 20, null, 30, null, 20, 10)!;
        Assert.Equal(["0,22 16.67,12", "83.33,12 100,22"], drawing.Lines);
        Assert.Equal(["50,2 50,2"], drawing.Dots);
    }

    [Fact]
    public void Small_differences_do_not_look_like_mountains()
    {
        var heights = Draw(1000, 1010)!.Lines.Single().Split(' ').Select(p => double.Parse(p.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.InRange(heights[0] - heights[1], 1.5, 2.5);
    }

    [Fact]
    public void It_says_in_words_what_it_shows()
    {
        Assert.Equal("Time per frame: from 10.0 ms/frame to 20.0 ms/frame, lowest 5.00 ms/frame, highest 30.0 ms/frame", Draw(10, 30, 5, 20)!.Label);
        Assert.Equal("Time per frame: 10.0 ms/frame", Draw(null, 10)!.Label);
        Assert.Null(Draw(null, double.NaN));
    }

    [Fact]
    public void A_name_is_text_and_nothing_to_draw_is_a_dash()
    {
        var line = Render<Sparkline>(p => p.Add(c => c.Name, "<b>x</b>").Add(c => c.Values, [1d, 2d]));
        Assert.Equal("<b>x</b>: from 1 to 2, lowest 1, highest 2", line.Find("svg").GetAttribute("aria-label"));
        line.Render(p => p.Add(c => c.Values, [null, null]));
        Assert.Equal("–", line.Find("span").TextContent);
    }
}
