using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Sources;

/// <summary>At the start, makes the sources of the configuration. One that is gone from there is switched off; its jobs stay.</summary>
internal sealed partial class ConfiguredSources(NpgsqlDataSource dataSource, SourceSettingsStore store, ILogger<ConfiguredSources> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        foreach (var (key, name, settings) in store.Configured)
        {
            if (settings.Endpoint(out var error) is not { } endpoint)
            {
                LogUnusable($"{SourceOptions.Section}:{key}", error!);
                continue;
            }

            keys.Add(key);
            // Of two with one address the first counts; one that an admin made becomes that of the configuration.
            await using var command = dataSource.CreateCommand(
                """
                DELETE FROM sources WHERE configuration_key = @key AND url <> @url;
                INSERT INTO sources AS s (configuration_key, name, kind, url, header_names) VALUES (@key, @name, 'comfyui', @url, @headers)
                ON CONFLICT (url) DO UPDATE SET configuration_key = @key, name = @name, header_names = @headers, settings_protected = NULL, enabled = true, revision = s.revision + 1
                WHERE s.configuration_key IS NULL OR (s.configuration_key = @key AND (s.name, s.header_names, s.enabled) IS DISTINCT FROM (@name, @headers, true))
                """);
            command.Parameters.Add(new("key", key));
            command.Parameters.Add(new("name", name.Length > 0 ? name : endpoint.Name));
            command.Parameters.Add(new("url", endpoint.ToString()));
            command.Parameters.Add(new("headers", endpoint.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase).ToArray()));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var vanished = dataSource.CreateCommand("UPDATE sources SET enabled = false, revision = revision + 1 WHERE enabled AND configuration_key IS NOT NULL AND configuration_key <> ALL ($1)");
        vanished.Parameters.Add(new() { Value = keys.ToArray() });
        await vanished.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} cannot be followed: {Error}")]
    private partial void LogUnusable(string key, string error);
}
