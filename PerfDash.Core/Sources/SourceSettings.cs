using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources;

/// <summary>What a source needs to be asked: its whole address, with what is secret in it.</summary>
/// <param name="Url">As it was entered.</param>
/// <param name="Headers">Sent with every request.</param>
/// <param name="CertificateSha256">Of the only certificate to accept; null: what the machine trusts.</param>
internal sealed record SourceSettings(string Url, IReadOnlyDictionary<string, string> Headers, string? CertificateSha256 = null)
{
    /// <summary>The address to ask; null where it is none, with the reason.</summary>
    public ComfyUiEndpoint? Endpoint(out string? error) => ComfyUiEndpoint.TryParse(Url, Headers, CertificateSha256, out var endpoint, out error) ? endpoint : null;
}

/// <summary>Keeps the settings of sources: encrypted in their rows, or in the configuration.</summary>
internal sealed class SourceSettingsStore(IDataProtectionProvider protection, IConfiguration configuration)
{
    private readonly IDataProtector _protector = protection.CreateProtector("PerfDash.Sources");

    /// <summary>The configuration's sources by <c>configuration_key</c>, with their names.</summary>
    public IReadOnlyList<(string Key, string Name, SourceSettings Settings)> Configured =>
    [
        .. (configuration.GetSection(SourceOptions.Section).Get<List<SourceOptions>>() ?? []).Select((source, i) => (
            i.ToString(CultureInfo.InvariantCulture),
            source.Name,
            new SourceSettings(source.Url, source.Headers, source.CertificateSha256.Length == 0 ? null : source.CertificateSha256))),
    ];

    /// <summary>As they may be stored.</summary>
    public string Protect(SourceSettings settings) => _protector.Protect(JsonSerializer.Serialize(settings));

    /// <summary>The settings of a source; null where they cannot be read here, with the reason.</summary>
    public SourceSettings? Find(Source source, out string? error)
    {
        error = null;
        if (source.ConfigurationKey is { } key)
        {
            if (Configured.FirstOrDefault(c => c.Key == key).Settings is { } configured)
                return configured;
            error = $"{SourceOptions.Section}:{key} is not in the configuration of this instance.";
            return null;
        }

        if (source.SettingsProtected is null)
        {
            error = "The source was one of the configuration: enter its address again.";
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<SourceSettings>(_protector.Unprotect(source.SettingsProtected))!;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            error = "The source's settings cannot be decrypted with the keys in data_protection_keys; enter them again.";
            return null;
        }
    }
}
