using System.Collections.Frozen;

namespace PerfDash.Core.Ingest.Import;

/// <summary>Units a map may name, with what leads to the field's own unit.</summary>
internal static class Units
{
    /// <summary>To milliseconds.</summary>
    public static FrozenDictionary<string, decimal> Time { get; } = new Dictionary<string, decimal>
    {
        ["microseconds"] = 0.001m,
        ["ms"] = 1,
        ["seconds"] = 1000,
        ["minutes"] = 60_000,
        ["hours"] = 3_600_000,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>To MB, which are 2^20 bytes everywhere in PerfDash.</summary>
    public static FrozenDictionary<string, decimal> Memory { get; } = new Dictionary<string, decimal>
    {
        ["bytes"] = 1m / (1 << 20),
        ["KB"] = 1m / 1024,
        ["MB"] = 1,
        ["GB"] = 1024,
        ["decimal MB"] = 1_000_000m / (1 << 20),
        ["decimal GB"] = 1_000_000_000m / (1 << 20),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>To a share of 1.</summary>
    public static FrozenDictionary<string, decimal> Share { get; } = new Dictionary<string, decimal>
    {
        ["share"] = 1,
        ["percent"] = 0.01m,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>For what has none.</summary>
    public static FrozenDictionary<string, decimal> None { get; } = FrozenDictionary<string, decimal>.Empty;
}
