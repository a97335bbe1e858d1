using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>
/// At the start, makes the channel in the application and those of the configuration. One whose settings are gone from
/// the configuration is switched off and stays for the record of its deliveries.
/// </summary>
internal sealed partial class ConfiguredChannels(
    NpgsqlDataSource dataSource, ChannelSettingsStore store, IOptions<NotificationOptions> options, ILogger<ConfiguredChannels> logger) : IHostedService
{
    /// <summary>Key of the channel in the application, which needs no configuration.</summary>
    public const string InAppKey = "in_app";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var webhooks = store.Configured.ToList();
        foreach (var (key, _) in webhooks.Where(w => w.Webhook.Secret.Length == 0))
            LogUnsigned($"{NotificationOptions.Section}:{key}:Secret");
        if (webhooks.Count > 0 && options.Value.AllowPrivateNetworks)
            LogPrivateAllowed();

        await using var command = dataSource.CreateCommand(
            $"""
            WITH in_app AS (
                INSERT INTO notification_channels (kind, name, target, configuration_key) VALUES ({ChannelKind.InApp.ToSql()}, 'In PerfDash', 'PerfDash', @in_app)
                ON CONFLICT (configuration_key) DO NOTHING
            ), configured AS (
                SELECT * FROM unnest(@keys, @names, @targets) AS c(key, name, target)
            ), vanished AS (
                UPDATE notification_channels SET enabled = false
                WHERE enabled AND configuration_key <> @in_app AND configuration_key <> ALL (@keys)
            )
            INSERT INTO notification_channels AS h (kind, name, target, configuration_key)
            SELECT {ChannelKind.Webhook.ToSql()}, name, target, key FROM configured
            ON CONFLICT (configuration_key) DO UPDATE SET name = excluded.name, target = excluded.target, enabled = true
            WHERE (h.name, h.target, h.enabled) IS DISTINCT FROM (excluded.name, excluded.target, true)
            """);
        command.Parameters.Add(new("in_app", InAppKey));
        command.Parameters.Add(new("keys", webhooks.Select(w => w.Key).ToArray()));
        command.Parameters.Add(new("names", webhooks.Select(w => w.Webhook.Name.Length > 0 ? w.Webhook.Name : HostOf(w.Webhook)).ToArray()));
        command.Parameters.Add(new("targets", webhooks.Select(w => HostOf(w.Webhook)).ToArray()));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string HostOf(WebhookOptions webhook) => new Uri(webhook.Url).Authority;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} is blank; messages to this webhook are not signed")]
    private partial void LogUnsigned(string key);

    [LoggerMessage(Level = LogLevel.Information, Message = "Webhooks to private networks are allowed")]
    private partial void LogPrivateAllowed();
}
