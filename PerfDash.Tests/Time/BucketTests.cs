using PerfDash.Core;

namespace PerfDash.Tests.Time;

public sealed class BucketTests
{
    [Fact]
    public void A_bucket_is_read_from_the_word_it_is_written_as()
    {
        Assert.Equal(["minute", "hour", "day", "week", "month"], Enum.GetValues<Bucket>().Select(b => b.Word()));
        Assert.All(Enum.GetValues<Bucket>(), b => Assert.Equal(b, Buckets.Read(b.Word())));
        Assert.All(new[] { null, "", "Day", "days", "year", "1" }, word => Assert.Null(Buckets.Read(word)));
    }

    [Theory]
    [InlineData(1, Bucket.Hour)]
    [InlineData(7, Bucket.Hour)]
    [InlineData(30, Bucket.Day)]
    [InlineData(90, Bucket.Day)]
    [InlineData(365, Bucket.Week)]
    [InlineData(3650, Bucket.Month)]
    public void A_range_gets_a_width_that_can_be_read(int days, Bucket expected)
    {
        var to = new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero);
        var bucket = Buckets.For(new TimeRange(to.AddDays(-days), to));

        Assert.Equal(expected, bucket);
        Assert.InRange(TimeSpan.FromDays(days) / bucket.ShortestLength(), 1, 250);
    }

    [Theory]
    [InlineData(15, 15)]
    [InlineData(360, 360)]
    public void A_range_of_up_to_six_hours_is_drawn_by_the_minute(int minutes, int buckets)
    {
        var to = new DateTimeOffset(2026, 11, 24, 8, 30, 0, TimeSpan.Zero);
        var range = new TimeRange(to.AddMinutes(-minutes), to);

        Assert.Equal(Bucket.Minute, Buckets.For(range));
        Assert.Equal(Bucket.Hour, Buckets.For(range with { From = to.AddHours(-6).AddSeconds(-1) }));
        Assert.Equal(buckets, UtcBuckets.StartsIn(range, Bucket.Minute).Count());
        Assert.Equal(to.AddMinutes(-minutes).UtcDateTime, UtcBuckets.StartsIn(range, Bucket.Minute).First());
    }

    [Fact]
    public void No_bucket_of_a_year_is_shorter_than_said()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var day = new DateTime(2024, 1, 1);
        for (; day.Year == 2024; day = day.AddDays(1))
        {
            Assert.True(LengthTo(day, day.AddDays(1)) >= Bucket.Day.ShortestLength());
            Assert.True(LengthTo(day, day.AddDays(7)) >= Bucket.Week.ShortestLength());
            if (day.Day == 1)
                Assert.True(LengthTo(day, day.AddMonths(1)) >= Bucket.Month.ShortestLength());
        }

        TimeSpan LengthTo(DateTime from, DateTime to) => TimeZoneInfo.ConvertTimeToUtc(to, zone) - TimeZoneInfo.ConvertTimeToUtc(from, zone);
    }
}
