using System.Globalization;
using System.Text;
using PerfDash.Web.Charts;
using PerfDash.Web.Shared;

namespace PerfDash.Web.Features.Comparison;

/// <summary>The comparison as CSV: a line for each figure and side, values in their stored unit.</summary>
public static class CompareCsv
{
    /// <summary>All figures of all sides.</summary>
    public static string Write(CompareData data)
    {
        var csv = new StringBuilder("Figure,Unit,Side,From (UTC),To (UTC),Jobs,Value,Difference (%),Interval low (%),Interval high (%),Matched jobs,Verdict,Baseline on the same jobs\r\n");
        foreach (var row in CompareRows.From(data))
        {
            foreach (var (i, side) in data.Sides.Index())
            {
                var delta = i == 0 ? null : row.Deltas[i - 1];
                csv.AppendJoin(
                    ',', ChartCsv.Text(row.ReportedName ?? row.Label), UnitFormat.StoredUnit(row.Unit), ChartCsv.Text(side.Name), PerfDashUrls.Moment(side.Range.From), PerfDashUrls.Moment(side.Range.To),
                    side.Summary.JobCount.ToString(CultureInfo.InvariantCulture), Number(row.Values[i]), Number(delta?.Percent), Number(delta?.Low), Number(delta?.High),
                    delta?.Jobs?.ToString(CultureInfo.InvariantCulture) ?? "", delta?.Word ?? "", Number(delta?.Baseline)).Append("\r\n");
            }
        }

        return csv.ToString();
    }

    private static string Number(double? value) => value is { } v && double.IsFinite(v) ? v.ToString("R", CultureInfo.InvariantCulture) : "";
}
