using System.ComponentModel.DataAnnotations;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Shared;

public sealed class UnitFormatTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.25, "0.25 ms")]
    [InlineData(12.34, "12.3 ms")]
    [InlineData(812, "812 ms")]
    [InlineData(999.4, "999 ms")]
    [InlineData(999.6, "1.00 s")]
    [InlineData(1250, "1.25 s")]
    [InlineData(42_300, "42.3 s")]
    [InlineData(59_960, "1m 00s")]
    [InlineData(192_000, "3m 12s")]
    [InlineData(3_599_600, "1h 00m")]
    [InlineData(7_500_000, "2h 05m")]
    [InlineData(86_399_000, "1d 0h")]
    [InlineData(273_600_000, "3d 4h")]
    [InlineData(-4_200, "−4.20 s")]
    public void A_duration_has_two_units_from_minutes_up(double ms, string text) => Assert.Equal(text, UnitFormat.Duration(ms));

    [Theory]
    [InlineData(1, "1 minute")]
    [InlineData(90, "90 minutes")]
    [InlineData(60, "1 hour")]
    [InlineData(1440, "1 day")]
    [InlineData(2880, "2 days")]
    public void A_chosen_length_is_in_the_largest_whole_unit(int minutes, string text) => Assert.Equal(text, UnitFormat.Length(minutes));

    [Theory]
    [InlineData(812, "812 ms/frame")]
    [InlineData(1250, "1.25 s/frame")]
    [InlineData(75_000, "1m 15s/frame")]
    public void Time_per_frame_says_so(double ms, string text) => Assert.Equal(text, UnitFormat.MsPerFrame(ms));

    [Theory]
    [InlineData(512, "512 MB")]
    [InlineData(1023.4, "1,023 MB")]
    [InlineData(1023.6, "1.0 GB")]
    [InlineData(18_637, "18.2 GB")]
    [InlineData(24_576, "24.0 GB")]
    public void Video_memory_counts_1024_MB_to_a_GB(double mb, string text) => Assert.Equal(text, UnitFormat.Vram(mb));

    [Theory]
    [InlineData(12.3, "+12.3 %")]
    [InlineData(-4, "−4.0 %")]
    [InlineData(0, "0.0 %")]
    [InlineData(-0.01, "0.0 %")]
    public void A_change_carries_its_sign(double percent, string text) => Assert.Equal(text, UnitFormat.PercentChange(percent));

    [Theory]
    [InlineData(1.7e308, "1.70e+308", "1.70e+308")]
    [InlineData(-1.7e308, "−1.70e+308", "−1.70e+308")]
    [InlineData(1e14, "100,000,000,000,000.00", "100,000,000,000,000")]
    public void What_is_huge_is_read_by_its_power_of_ten(double value, string score, string number)
    {
        Assert.Equal(score, UnitFormat.Score(value));
        Assert.Equal(number, UnitFormat.Number(value));
    }

    [Fact]
    public void Other_units_read_as_documented()
    {
        Assert.Equal("12.4 h", UnitFormat.GpuHours(12.4));
        Assert.Equal("12.4 h", UnitFormat.GpuHoursFromMs(12.4 * 3_600_000));
        Assert.Equal("1,234 h", UnitFormat.GpuHours(1234.4));
        Assert.Equal("1,234,567", UnitFormat.Count(1_234_567));
        Assert.Equal("42.0 %", UnitFormat.Percent(42));
        Assert.Equal("0.92", UnitFormat.Score(0.92));
        Assert.Equal("1.23×", UnitFormat.Ratio(1.234));
        Assert.Equal("1,234.50 USD", UnitFormat.Money(1234.5));
        Assert.Equal("1,250", UnitFormat.Axis(1_250, ValueUnit.Count));
        Assert.Equal("1.25 M", UnitFormat.Axis(1_250_000, ValueUnit.Count));
        Assert.Equal("1h 30m", UnitFormat.Axis(5_400_000, ValueUnit.DurationMs));
        Assert.Equal("1h 2s", UnitFormat.Axis(3_602_000, ValueUnit.DurationMs));
        Assert.Equal("1.5 s", UnitFormat.Axis(1500, ValueUnit.MsPerFrame));
        Assert.Equal("24 GB", UnitFormat.Axis(24_576, ValueUnit.VramMb));
    }

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(2.5, "2.50")]
    [InlineData(0.0033, "0.0033")]
    [InlineData(0.003312345, "0.003312")]
    [InlineData(0.0000123456, "0.00001235")]
    [InlineData(1.23456, "1.235")]
    [InlineData(9.99996, "10.000")]
    [InlineData(0.17802, "0.1780")]
    [InlineData(0.178, "0.178")]
    [InlineData(12.3456, "12.35")]
    [InlineData(123.456, "123.46")]
    [InlineData(9_876_543.21, "9,876,543.21")]
    [InlineData(-0.0123456, "−0.01235")]
    public void An_amount_has_four_digits_at_least_and_two_decimals(double amount, string text)
    {
        Assert.Equal(text, UnitFormat.Amount(amount));
        Assert.Equal($"{text} USD", UnitFormat.Money(amount));
    }

    [Theory]
    [InlineData("EUR", true)]
    [InlineData("€", true)]
    [InlineData("kr.", true)]
    [InlineData("", false)]
    [InlineData("US 1", false)]
    [InlineData("dollars", false)]
    [InlineData("<b>", false)]
    public void A_currency_is_a_code_or_a_symbol(string currency, bool isValid)
    {
        var options = new CurrencyOptions { Currency = currency };
        Assert.Equal(isValid, Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true));
    }

    [Fact]
    public void What_is_not_there_is_a_dash_in_every_unit()
    {
        foreach (var unit in Enum.GetValues<ValueUnit>())
        {
            Assert.Equal("–", UnitFormat.Format(null, unit));
            Assert.Equal("–", UnitFormat.Format(double.NaN, unit));
            Assert.Equal("–", UnitFormat.Axis(double.PositiveInfinity, unit));
        }
    }

    [Fact]
    public void The_culture_of_the_machine_changes_nothing()
    {
        var before = Thread.CurrentThread.CurrentCulture;
        Thread.CurrentThread.CurrentCulture = new("de-DE");
        try
        {
            Assert.Equal("1,234.50 USD", UnitFormat.Money(1234.5));
            Assert.Equal("3m 12s", UnitFormat.Duration(192_000));
        }
        finally
        {
            Thread.CurrentThread.CurrentCulture = before;
        }
    }
}
