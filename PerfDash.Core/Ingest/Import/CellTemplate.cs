using System.Text;

namespace PerfDash.Core.Ingest.Import;

/// <summary>
/// Text with columns in braces: <c>{type} {model}</c>. Without braces it is a constant; a brace itself is written twice.
/// </summary>
internal sealed class CellTemplate
{
    private readonly List<(string Text, bool IsColumn)> _parts = [];

    private CellTemplate()
    {
    }

    /// <summary>The columns it names.</summary>
    public IEnumerable<string> Columns => _parts.Where(p => p.IsColumn).Select(p => p.Text);

    /// <summary>Exactly one column.</summary>
    public static CellTemplate Column(string name) => new() { _parts = { (name, true) } };

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">Braces do not match.</exception>
    public static CellTemplate Parse(string text)
    {
        var template = new CellTemplate();
        var literal = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                literal.Append(c);
                i++;
            }
            else if (c == '{')
            {
                var end = text.IndexOf('}', i);
                if (end <= i + 1)
                    throw new FormatException($"\"{text}\" has an opening brace without a column name");
                template.AddLiteral(literal);
                template._parts.Add((text[(i + 1)..end].Trim(), true));
                i = end;
            }
            else if (c == '}')
            {
                throw new FormatException($"\"{text}\" has a closing brace without an opening one; write a literal brace twice");
            }
            else
            {
                literal.Append(c);
            }
        }

        template.AddLiteral(literal);
        return template;
    }

    /// <summary>The text, trimmed; null when it is blank or every column it names is absent.</summary>
    public string? Read(Func<string, string?> cell)
    {
        if (_parts is [(var only, true)])
            return Trimmed(cell(only));
        var text = new StringBuilder();
        var present = !Columns.Any();
        foreach (var (part, isColumn) in _parts)
        {
            var value = isColumn ? Trimmed(cell(part)) : part;
            present |= isColumn && value is not null;
            text.Append(value);
        }

        return present ? Trimmed(text.ToString()) : null;
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private void AddLiteral(StringBuilder literal)
    {
        if (literal.Length == 0)
            return;
        _parts.Add((literal.ToString(), false));
        literal.Clear();
    }
}
