using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Collection;
using PerfDash.Core.Demo;

namespace PerfDash.Web.Features.Settings;

/// <summary>What the program was started with, as far as people may see it: nothing here is a secret.</summary>
public sealed class ConfigurationFacts(
    IConfiguration configuration, NpgsqlDataSource database, IOptions<CollectionOptions> collection, IOptions<DemoOptions> demo)
{
    private const string Retention = "PerfDash:Retention:KeepMetricsFor";

    /// <summary>The facts, in the order to show.</summary>
    public IReadOnlyList<ConfigurationFact> All =>
    [
        new("Metric retention", configuration[Retention] is { Length: > 0 } kept ? KeptText(kept) : "unlimited", Retention),
        new("Database", DatabaseText(database.ConnectionString), "ConnectionStrings:PerfDash"),
        new("Notify on job completion", collection.Value.Notify switch { true => "yes", false => "no, polling only", null => "unless the server allows prepared transactions" }, $"{CollectionOptions.Section}:Notify"),
        new("Poll interval", Every(collection.Value.PollInterval), $"{CollectionOptions.Section}:PollInterval"),
        new("Collection batch size", string.Create(CultureInfo.InvariantCulture, $"at most {collection.Value.BatchSize:N0}"), $"{CollectionOptions.Section}:BatchSize"),
        new("Sweep interval for missed completions", Every(collection.Value.SweepInterval), $"{CollectionOptions.Section}:SweepInterval"),
        new("Currency of prices and costs", Shared.UnitFormat.Currency, $"{Shared.CurrencyOptions.Section}:{nameof(Shared.CurrencyOptions.Currency)}"),
        new("Demo farm", demo.Value.Enabled ? "on" : "off", "PerfDash:Demo:Enabled"),
    ];

    /// <summary>Where the database is, without user and password.</summary>
    public static string DatabaseText(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        return parts.Host is not { Length: > 0 } host ? "unknown"
            : host.StartsWith('/') ? $"{parts.Database} over a local socket"
            : string.Create(CultureInfo.InvariantCulture, $"{parts.Database} on {host}:{parts.Port}");
    }

    /// <summary>A retention as configured, in days where it can be read.</summary>
    public static string KeptText(string value) =>
        TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out var length)
            ? string.Create(CultureInfo.InvariantCulture, $"kept for {length.TotalDays:#,0.##} days after job completion")
            : $"kept for {value}";

    private static string Every(TimeSpan interval) => $"every {Shared.UnitFormat.Duration(interval.TotalMilliseconds)}";
}

/// <summary>One setting.</summary>
/// <param name="Key">Its key in the configuration.</param>
public sealed record ConfigurationFact(string Name, string Value, string Key);
