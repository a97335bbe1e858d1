using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerfDash.Core.Metrics;

/// <summary>A number of a job's own JSON: as a double to reckon with, and with all its digits where a double has too few.</summary>
/// <param name="Value">The nearest double.</param>
/// <param name="Digits">The number as JSON where <paramref name="Value"/> may be another one (a seed beyond 2^53); else null.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct ExactNumber(double Value, string? Digits = null)
{
    private const double LastExact = 9_007_199_254_740_992;

    /// <summary>A number without digits of its own.</summary>
    public static implicit operator ExactNumber(double value) => new(value);

    /// <summary>Of a NUMERIC and its nearest double.</summary>
    public static ExactNumber From(double value, string digits) => new(value, Math.Abs(value) >= LastExact ? digits : null);

    private sealed class Converter : JsonConverter<ExactNumber>
    {
        public override ExactNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, ExactNumber value, JsonSerializerOptions options)
        {
            if (value.Digits is null)
                writer.WriteNumberValue(value.Value);
            else
                writer.WriteRawValue(value.Digits);
        }
    }
}
