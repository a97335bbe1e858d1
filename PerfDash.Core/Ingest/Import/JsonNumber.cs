using System.Globalization;
using System.Text.RegularExpressions;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Writes a cell as a JSON number.</summary>
internal static partial class JsonNumber
{
    /// <summary>The number in the cell times <paramref name="factor"/>, as JSON; null when it is no finite number.</summary>
    /// <param name="text">A number with a decimal point, an exponent where it likes, no thousands separators.</param>
    /// <param name="factor">What it is multiplied by.</param>
    /// <param name="strict">Takes only what JSON itself would write: no leading zeros, no plus.</param>
    public static string? Read(string text, decimal factor, bool strict = false)
    {
        if (strict && !Json().IsMatch(text))
            return null;
        // As it stands: a seed may have more digits than any number of .NET.
        if (strict && factor == 1 && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var finite) && double.IsFinite(finite))
            return text;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) && TryMultiply(exact, factor) is { } product)
            return product.ToString("G29", CultureInfo.InvariantCulture);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number * (double)factor)
            ? (number * (double)factor).ToString("R", CultureInfo.InvariantCulture)
            : null;
    }

    private static decimal? TryMultiply(decimal number, decimal factor)
    {
        try
        {
            return number * factor;
        }
        catch (OverflowException)
        {
            // Larger than a decimal: as a double then.
            return null;
        }
    }

    [GeneratedRegex(@"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Json();
}
