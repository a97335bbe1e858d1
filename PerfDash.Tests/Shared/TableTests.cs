using PerfDash.Web.Shared;

namespace PerfDash.Tests.Shared;

public sealed class TableTests
{
    private static readonly TableSort Default = new("a", Descending: true);

    [Theory]
    [InlineData("b", "b")]
    [InlineData("-b", "-b")]
    [InlineData("c", "-a")]
    [InlineData("", "-a")]
    [InlineData(null, "-a")]
    public void An_order_is_read_from_the_address_and_anything_else_is_the_default(string? word, string expected) =>
        Assert.Equal(expected, TableSort.Read(word, ["a", "b"], Default).Word);

    [Fact]
    public void Rows_without_a_value_come_last_whichever_way()
    {
        double?[] rows = [2, null, 3, 1];
        Assert.Equal([1, 2, 3, null], new TableSort("a", false).Apply(rows, r => r));
        Assert.Equal([3, 2, 1, null], new TableSort("a", true).Apply(rows, r => r));
    }

    [Fact]
    public void A_table_becomes_csv_without_formulas_units_or_local_habits() =>
        Assert.Equal(
            "Name,\"Time, ms\",At\r\n\"'=1+1\",1234.5,2026-11-24T08:00:00.000Z\r\nplain,,\r\n\"a \"\"b\"\"\",7,\r\n",
            TableCsv.Write(["Name", "Time, ms", "At"],
            [
                ["=1+1", 1234.5, new DateTime(2026, 11, 24, 8, 0, 0, DateTimeKind.Utc)],
                ["plain", null, null],
                ["a \"b\"", 7L, double.NaN],
            ]));
}
