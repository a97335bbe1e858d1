using PerfDash.Web.Charts;

namespace PerfDash.Tests.Charts;

public sealed class SeriesChoiceTests
{
    private static readonly IReadOnlyList<ChartSeries> Series = [.. new[] { "avg", "p50", "a,b", "-odd" }.Select(k => new ChartSeries(k, k, []))];

    [Theory]
    [InlineData("", null)]
    [InlineData("avg", "-avg")]
    [InlineData("avg p50 a,b", "%2Dodd")]
    [InlineData("avg p50 -odd", "a%2Cb")]
    [InlineData("-odd", "-%2Dodd")]
    [InlineData("avg p50 a,b -odd", null)]
    public void A_choice_is_written_as_the_shorter_list_and_read_back(string hidden, string? written)
    {
        string[] keys = hidden.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(written, SeriesChoice.Write(keys, Series));
        Assert.Equal(written is null ? [] : keys, SeriesChoice.Read(written, Series));
    }

    [Fact]
    public void A_choice_that_leaves_nothing_or_names_strangers_shows_all()
    {
        Assert.Empty(SeriesChoice.Read("gone", Series));
        Assert.Empty(SeriesChoice.Read("-avg,p50,a%2Cb,%2Dodd", Series));
        Assert.Empty(SeriesChoice.Read("-gone", Series));
    }
}
