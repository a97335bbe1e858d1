using System.Globalization;
using System.Text.Json;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Text of a job, from cells.</summary>
/// <param name="Template">What it is made of.</param>
/// <param name="Values">What the file's words mean here; others stay as they are.</param>
/// <param name="Otherwise">What every other word, and an absent one, means; null leaves them.</param>
internal sealed record TextSource(CellTemplate Template, IReadOnlyDictionary<string, string>? Values = null, string? Otherwise = null)
{
    public string? Read(Func<string, string?> cell) =>
        Template.Read(cell) is not { } text ? Otherwise
        : Values is not null && Values.TryGetValue(text, out var meaning) ? meaning
        : Otherwise ?? text;
}

/// <summary>A figure of a job, from cells.</summary>
/// <param name="Template">What it is made of.</param>
/// <param name="Factor">By what the file's number is multiplied to have the field's unit.</param>
internal sealed record NumberSource(CellTemplate Template, decimal Factor = 1)
{
    /// <summary>Writes the figure, or nothing when it is absent. What is no number goes on as text, for capture to warn of.</summary>
    public void Write(Utf8JsonWriter json, string name, Func<string, string?> cell)
    {
        if (Template.Read(cell) is not { } text)
            return;
        json.WritePropertyName(name);
        if (JsonNumber.Read(text, Factor) is { } number)
            json.WriteRawValue(number, skipInputValidation: true);
        else
            json.WriteStringValue(text);
    }

    /// <summary>The id the cells hold, or null when they are empty.</summary>
    /// <exception cref="FormatException">It is no whole number.</exception>
    public long? ReadId(string field, Func<string, string?> cell) => Template.Read(cell) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) => id,
        var text => throw new FormatException($"{field} \"{text}\" must be a whole number"),
    };

    /// <summary>The duration the cells hold, at least 0, or null when they are empty; <see cref="Factor"/> leads to milliseconds.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public TimeSpan? ReadDuration(string field, Func<string, string?> cell)
    {
        if (Template.Read(cell) is not { } text)
            return null;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw new FormatException($"{field}: the duration \"{text}\" is not a number");
        if (number < 0)
            throw new FormatException($"{field}: the duration {text} is negative");
        if (number > (decimal)TimeSpan.MaxValue.TotalMilliseconds / 2 / Factor)
            throw new FormatException($"{field}: the duration {text} is too long");
        return TimeSpan.FromTicks((long)(number * Factor * TimeSpan.TicksPerMillisecond));
    }
}

/// <summary>A parameter of a job, from cells.</summary>
/// <param name="Template">What it is made of.</param>
/// <param name="Type">How it is written.</param>
internal sealed record ParameterSource(CellTemplate Template, ParameterType Type)
{
    /// <summary>Writes it, or nothing when it is absent. What is not of its type goes on as text.</summary>
    public void Write(Utf8JsonWriter json, string name, Func<string, string?> cell)
    {
        if (Template.Read(cell) is not { } text)
            return;
        json.WritePropertyName(name);
        if (Type is ParameterType.Number or ParameterType.AsItLooks && JsonNumber.Read(text, 1, strict: Type == ParameterType.AsItLooks) is { } number)
            json.WriteRawValue(number, skipInputValidation: true);
        else if (Type is ParameterType.Boolean or ParameterType.AsItLooks && bool.TryParse(text, out var truth))
            json.WriteBooleanValue(truth);
        else
            json.WriteStringValue(text);
    }
}

/// <summary>How a parameter is written.</summary>
internal enum ParameterType
{
    /// <summary>A number that JSON would write so, true or false, else text.</summary>
    AsItLooks,

    Number,

    /// <summary>Text, also <c>007</c>.</summary>
    Text,

    /// <summary>True or false.</summary>
    Boolean,
}
