namespace PerfDash.Web.Features.Comparison;

/// <summary>The comparison as CSV: a line for each figure and side, values in their stored unit.</summary>
public static class CompareCsv
{
    private static readonly string[] Head =
        ["Figure", "Unit", "Side", "From (UTC)", "To (UTC)", "Jobs", "Value", "Difference (%)", "Interval low (%)", "Interval high (%)", "Matched jobs", "Verdict", "Baseline on the same jobs"];

    /// <summary>All figures of all sides.</summary>
    public static string Write(CompareData data) => TableCsv.Write(Head, CompareRows.From(data).SelectMany(row => data.Sides.Select((side, i) => Line(row, side, i))));

    private static IEnumerable<object?> Line(CompareRow row, CompareSide side, int i)
    {
        var delta = i == 0 ? null : row.Deltas[i - 1];
        return
        [
            row.ReportedName ?? row.Label, UnitFormat.StoredUnit(row.Unit), side.Name, PerfDashUrls.Moment(side.Range.From), PerfDashUrls.Moment(side.Range.To),
            side.Summary.JobCount, row.Values[i], delta?.Percent, delta?.Low, delta?.High, delta?.Jobs, delta?.Word, delta?.Baseline,
        ];
    }
}
