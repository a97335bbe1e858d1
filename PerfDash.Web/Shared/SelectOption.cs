using System.Globalization;

namespace PerfDash.Web.Shared;

/// <summary>One option of a <see cref="SelectField"/>.</summary>
/// <param name="Value">What is chosen with it.</param>
/// <param name="Title">The tooltip, for example the raw name; null for none.</param>
public sealed record SelectOption(string Value, string Text, string? Title = null)
{
    /// <summary>An option that chooses a row of a table.</summary>
    public static SelectOption From(long id, string name) => new(id.ToString(CultureInfo.InvariantCulture), name);

    /// <summary>An option that chooses a number.</summary>
    public static SelectOption From(int number) => From(number, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Options that are read as they are written.</summary>
    public static IEnumerable<SelectOption> FromWords(IEnumerable<string> words) => words.Select(w => new SelectOption(w, w));
}
