using System.Globalization;
using PerfDash.Core;

namespace PerfDash.Tests.Time;

public sealed class TimeRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("now", "2026-11-24T12:30:00Z")]
    [InlineData("now-15m", "2026-11-24T12:15:00Z")]
    [InlineData("now-24h", "2026-11-23T12:30:00Z")]
    [InlineData("now-30d", "2026-10-25T12:30:00Z")]
    [InlineData("now-2w", "2026-11-10T12:30:00Z")]
    [InlineData("now/h", "2026-11-24T12:00:00Z")]
    [InlineData("now/d", "2026-11-24T00:00:00Z")]
    [InlineData("now-1d/d", "2026-11-23T00:00:00Z")]
    [InlineData("now/w", "2026-11-23T00:00:00Z")]
    [InlineData("now-2d/w", "2026-11-16T00:00:00Z")]
    [InlineData("2026-11-24", "2026-11-24T00:00:00Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00Z")]
    [InlineData("2026-11-24T08:00", "2026-11-24T08:00:00Z")]
    [InlineData("2026-11-24 08:00", "2026-11-24T08:00:00Z")]
    [InlineData("2026-11-24 08:00:01", "2026-11-24T08:00:01Z")]
    [InlineData("2026-11-24T08:00:00.1234567Z", "2026-11-24T08:00:00.1234567Z")]
    [InlineData("2026-11-24t08:00:00z", "2026-11-24T08:00:00Z")]
    [InlineData("2026-11-24T08:00:00+02:00", "2026-11-24T06:00:00Z")]
    [InlineData("2026-11-24T08:00:00 02:00", "2026-11-24T06:00:00Z")]
    [InlineData("2026-11-24T08:00:00 0200", "2026-11-24T06:00:00Z")]
    [InlineData("2026-11-24T08:00:00 02", "2026-11-24T06:00:00Z")]
    [InlineData("2026-11-24 08:00 05:30", "2026-11-24T02:30:00Z")]
    [InlineData("2026-11-24T08:00:00.5 02:00", "2026-11-24T06:00:00.5Z")]
    [InlineData("2026-11-24T08:00:00-05", "2026-11-24T13:00:00Z")]
    [InlineData("0001-01-01", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")]
    public void A_moment_is_read(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), TimeRange.ReadMoment(text, Now));

    [Theory]
    [InlineData("yesterday")]
    [InlineData("now-")]
    [InlineData("now-1y")]
    [InlineData("now/")]
    [InlineData("now/y")]
    [InlineData("now+1h")]
    [InlineData("now-1.5h")]
    [InlineData("now-999999d")]
    [InlineData("now-١h")]
    [InlineData("٢٠٢٦-١١-٢٤")]
    [InlineData("2026-13-01")]
    [InlineData("2026-02-29")]
    [InlineData("2026-11-24T25:00:00Z")]
    [InlineData("24.11.2026")]
    [InlineData("11/24/2026")]
    [InlineData("2026-11")]
    [InlineData("1732435200")]
    [InlineData("0001-01-01T00:00:00+05:00")]
    [InlineData("9999-12-31T23:59:59-05:00")]
    [InlineData("0000-01-01")]
    [InlineData("2026-11-24T08:00:00+99:00")]
    [InlineData("2026-11-24 08")]
    public void What_is_no_moment_is_null(string text) => Assert.Null(TimeRange.ReadMoment(text, Now));

    [Theory]
    [InlineData(null, null, "2026-10-25T12:30:00Z", "2026-11-24T12:30:00Z")]
    [InlineData("", " ", "2026-10-25T12:30:00Z", "2026-11-24T12:30:00Z")]
    [InlineData(null, "2026-03-31", "2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("now-7d", null, "2026-11-17T12:30:00Z", "2026-11-24T12:30:00Z")]
    [InlineData("0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z")]
    public void A_range_has_its_defaults(string? from, string? to, string expectedFrom, string expectedTo)
    {
        var (range, errors) = TimeRange.Parse(from, to, Now);

        Assert.Empty(errors);
        Assert.Equal(DateTimeOffset.Parse(expectedFrom, CultureInfo.InvariantCulture), range.From);
        Assert.Equal(DateTimeOffset.Parse(expectedTo, CultureInfo.InvariantCulture), range.To);
        Assert.True(range.Length > TimeSpan.Zero);
    }

    [Theory]
    [InlineData("x", null, "from")]
    [InlineData(null, "x", "to")]
    [InlineData("x", "x", "from,to")]
    [InlineData("2026-01-01", "2026-01-01", "from")]
    [InlineData("2026-01-02", "2026-01-01", "from")]
    [InlineData("2027-01-01", null, "from")]
    [InlineData(null, "0001-01-05", "from")]
    public void What_is_wrong_is_named_by_field(string? from, string? to, string fields) =>
        Assert.Equal(fields, string.Join(',', TimeRange.Parse(from, to, Now).Errors.Keys.Order(StringComparer.Ordinal)));

    [Fact]
    public void The_previous_range_is_as_long_and_ends_where_this_one_starts()
    {
        var range = new TimeRange(Now.AddDays(-7), Now);

        Assert.Equal(new TimeRange(Now.AddDays(-14), Now.AddDays(-7)), range.Previous);
        Assert.Equal(new TimeRange(DateTimeOffset.MinValue, DateTimeOffset.MinValue.AddDays(1)), new TimeRange(DateTimeOffset.MinValue.AddDays(1), Now).Previous);
        Assert.Equal(TimeSpan.Zero, new TimeRange(DateTimeOffset.MinValue, Now).Previous.Length);
    }
}
