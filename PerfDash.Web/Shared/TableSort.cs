namespace PerfDash.Web.Shared;

/// <summary>What a table is sorted by, as it stands in an address: the field, after a minus sign where descending.</summary>
public sealed record TableSort(string Field, bool Descending)
{
    /// <summary>The word of an address.</summary>
    public string Word => Descending ? "-" + Field : Field;

    /// <summary>Reads the word; <paramref name="otherwise"/> for anything that is none of <paramref name="fields"/>.</summary>
    public static TableSort Read(string? word, IEnumerable<string> fields, TableSort otherwise)
    {
        var (field, descending) = word is ['-', .. var rest] ? (rest, true) : (word, false);
        return field is not null && fields.Contains(field, StringComparer.Ordinal) ? new TableSort(field, descending) : otherwise;
    }

    /// <summary>Sorts rows; those without a value come last, whichever way.</summary>
    public IEnumerable<T> Apply<T, TKey>(IEnumerable<T> rows, Func<T, TKey?> value)
    {
        var filled = rows.OrderBy(r => value(r) is null);
        return Descending ? filled.ThenByDescending(value) : filled.ThenBy(value);
    }
}
