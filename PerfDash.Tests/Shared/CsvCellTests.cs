using PerfDash.Core;
using PerfDash.Web.Shared;

namespace PerfDash.Tests.Shared;

public sealed class CsvCellTests
{
    [Theory]
    [InlineData("=1+1")]
    [InlineData("+49 30 1234")]
    [InlineData("+1")]
    [InlineData("-1")]
    [InlineData("-cmd|' /C calc'!A0")]
    [InlineData("@SUM(A1)")]
    [InlineData("\tplain")]
    [InlineData("\rplain")]
    [InlineData("\nplain")]
    [InlineData("\0=1")]
    [InlineData("＝1+1")]
    [InlineData("＋1")]
    [InlineData("－1")]
    [InlineData("＠SUM(A1)")]
    [InlineData("   =1+1")]
    [InlineData(" \r\n =1+1")]
    [InlineData("\u00a0\u3000=1+1")]
    [InlineData("\ufeff\u200b\u202e=1+1")]
    [InlineData(" \u0001＝1")]
    [InlineData("'=1+1")]
    [InlineData("'' -1")]
    public void What_a_spreadsheet_would_run_gets_an_apostrophe_that_reading_back_takes_away(string text)
    {
        Assert.Equal("'" + text, Read(CsvCell.Text(text)));
        Assert.Equal(text, FormulaText.Restore(Read(CsvCell.Text(text))));
    }


    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("a=b")]
    [InlineData("1-2")]
    [InlineData("  indented")]
    [InlineData("trailing  ")]
    [InlineData("two\r\nlines")]
    [InlineData("a,b;c\td")]
    [InlineData("she said \"no\"")]
    [InlineData("\"")]
    [InlineData("'quoted'")]
    [InlineData("müde 🦊")]
    [InlineData("   ")]
    public void Any_other_text_comes_back_as_it_was(string text)
    {
        Assert.Equal(text, Read(CsvCell.Text(text)));
        Assert.Equal(text, FormulaText.Restore(text));
    }


    /// <summary>What another program reads of the cell, between two others.</summary>
    private static string Read(string cell)
    {
        var line = Assert.Single(CsvText.Read($"a,{cell},b\r\n"));
        Assert.Equal(("a", "b", 3), (line[0], line[2], line.Length));
        return line[1];
    }
}
