using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Sources;

/// <summary>At the start, makes the sources of the configuration. One that is gone from there is switched off; its jobs stay.</summary>
internal sealed partial class ConfiguredSources(NpgsqlDataSource dataSource, SourceSettingsStore store, ILogger<ConfiguredSources> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Known by address: their places in the configuration may change.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync("UPDATE sources SET configuration_key = 'gone:' || id WHERE configuration_key IS NOT NULL");
        foreach (var (key, name, settings) in store.Configured)
        {
            if (settings.Endpoint(out var error) is not { } endpoint)
            {
                LogUnusable($"{SourceOptions.Section}:{key}", error!);
                continue;
            }

            // Of two with one address the first counts; one that an admin made becomes that of the configuration.
            await ExecuteAsync(
                """
                INSERT INTO sources AS s (configuration_key, name, kind, url, header_names) VALUES (@key, @name, 'comfyui', @url, @headers)
                ON CONFLICT (url) DO UPDATE
                SET configuration_key = @key, name = @name, header_names = @headers, settings_protected = NULL, enabled = true, deleted_at = NULL,
                    revision = s.revision + CASE WHEN (s.name, s.header_names, s.enabled, s.settings_protected) IS DISTINCT FROM (@name, @headers, true, NULL::text) THEN 1 ELSE 0 END
                WHERE s.configuration_key IS NULL OR starts_with(s.configuration_key, 'gone:')
                """,
                new("key", key),
                new("name", name.Length > 0 ? name : endpoint.Name),
                new("url", endpoint.ToString()),
                new("headers", endpoint.Headers.Keys.Order(StringComparer.OrdinalIgnoreCase).ToArray()));
        }

        await ExecuteAsync("UPDATE sources SET enabled = false, configuration_key = NULL, revision = revision + 1 WHERE starts_with(configuration_key, 'gone:')");
        await transaction.CommitAsync(cancellationToken);

        async Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(parameters);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} cannot be followed: {Error}")]
    private partial void LogUnusable(string key, string error);
}
