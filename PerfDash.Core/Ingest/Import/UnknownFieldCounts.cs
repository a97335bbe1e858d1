using System.Text.RegularExpressions;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Counts the lines that have each unknown field: a file has the same mistake on every line.</summary>
internal sealed partial class UnknownFieldCounts
{
    /// <summary>So many fields are listed.</summary>
    public const int Listed = 50;

    private readonly List<string> _order = [];
    private readonly Dictionary<string, (string Message, long Lines)> _fields = new(StringComparer.Ordinal);

    /// <summary>True where a further field was found when the list was full.</summary>
    public bool HasMore { get; private set; }

    /// <summary>The fields in the order found.</summary>
    public IReadOnlyList<UnknownField> Fields => _order.ConvertAll(name => new UnknownField(name, _fields[name].Message, _fields[name].Lines));

    /// <summary>Counts those of one line, each once.</summary>
    public void Add(IReadOnlyList<(string Field, string Message)> unknown)
    {
        // An item of a list stands for all of them.
        foreach (var (field, message) in unknown.Select(u => (Place().Replace(u.Field, "[]"), u.Message.Replace(u.Field, Place().Replace(u.Field, "[]"), StringComparison.Ordinal))).DistinctBy(u => u.Item1))
        {
            if (_fields.TryGetValue(field, out var known))
            {
                _fields[field] = known with { Lines = known.Lines + 1 };
            }
            else if (_order.Count == Listed)
            {
                HasMore = true;
            }
            else
            {
                _order.Add(field);
                _fields[field] = (message, 1);
            }
        }
    }

    [GeneratedRegex(@"\[[0-9]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
