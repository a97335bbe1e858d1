using CsvHelper;

namespace PerfDash.Tests.Support;

/// <summary>What another program reads of comma-separated values.</summary>
public static class CsvText
{
    /// <summary>Every line, the header included.</summary>
    public static List<string[]> Read(string text)
    {
        var lines = new List<string[]>();
        using var csv = CsvReader.FromText(text, CsvReaderOptions.Default with { Separator = ',', HasHeader = false });
        while (csv.Read())
            lines.Add([.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)]);
        return lines;
    }
}
