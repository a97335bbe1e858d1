namespace PerfDash.Core.Metrics;

/// <summary>Amounts of money out of NUMERIC, which holds more digits than a decimal.</summary>
internal static class MoneySql
{
    /// <summary>SQL of an amount, rounded to so many places; NULL from a thousand million million on, which no farm costs and whose digits would not fit.</summary>
    public static string Rounded(string amount, int places = 9) => $"CASE WHEN abs({amount}) < 1e15 THEN round({amount}, {places}) END";
}
