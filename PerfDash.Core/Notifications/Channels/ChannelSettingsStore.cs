using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Keeps what a channel needs to send: encrypted in its row, or in the configuration.</summary>
internal sealed class ChannelSettingsStore(IDataProtectionProvider protection, IOptions<NotificationOptions> options)
{
    private const string WebhookPrefix = "Webhooks:";

    private readonly IDataProtector _protector = protection.CreateProtector("PerfDash.Notifications.Channel");

    /// <summary>The configuration's webhooks by <c>configuration_key</c>.</summary>
    public IEnumerable<(string Key, WebhookOptions Webhook)> Configured =>
        options.Value.Webhooks.Select((webhook, i) => (WebhookPrefix + i.ToString(CultureInfo.InvariantCulture), webhook));

    /// <summary>As it may be stored.</summary>
    public string Protect(ChannelSettings settings) => _protector.Protect(JsonSerializer.Serialize(settings));

    /// <summary>What a channel needs.</summary>
    /// <exception cref="DeliveryException">It cannot be read here.</exception>
    public ChannelSettings SettingsOf(NotificationChannel channel)
    {
        if (channel.ConfigurationKey is { } key)
        {
            return Configured.FirstOrDefault(c => c.Key == key).Webhook is { } webhook
                ? new ChannelSettings { Url = webhook.Url, Secret = webhook.Secret.Length == 0 ? null : webhook.Secret }
                : throw new DeliveryException($"{NotificationOptions.Section}:{key} is not in the configuration of this instance.");
        }

        try
        {
            return JsonSerializer.Deserialize<ChannelSettings>(_protector.Unprotect(channel.SettingsProtected!))!;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or JsonException)
        {
            throw new DeliveryException("The channel's settings cannot be decrypted with the keys in data_protection_keys; enter them again.", e);
        }
    }
}
