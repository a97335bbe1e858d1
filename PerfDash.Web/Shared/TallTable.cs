namespace PerfDash.Web.Shared;

/// <summary>When a table scrolls by itself, under its own head.</summary>
internal static class TallTable
{
    /// <summary>Up to so many rows are shown whole: a table that is cut after nine of twelve looks complete.</summary>
    public const int MostWholeRows = 25;

    /// <summary>The class of the table's frame.</summary>
    public static string ClassFor(int rows) => rows > MostWholeRows ? "data-table data-table-tall" : "data-table";
}
