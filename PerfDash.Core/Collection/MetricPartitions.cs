using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PerfDash.Core.Collection;

/// <summary>
/// Makes the monthly partitions metrics need, before they are written. Only months of plausible years get one; other
/// rows, and those of a month that could not be made in time, rest in the default partition, where they are complete
/// and found all the same.
/// </summary>
public sealed partial class MetricPartitions(NpgsqlDataSource dataSource, TimeProvider time, ILogger<MetricPartitions> logger)
{
    private const int FirstYear = 2000;

    // Until when a month need not be asked for again: for ever once it is there, a minute after a lock was in the way.
    private readonly ConcurrentDictionary<DateOnly, DateTime> _settledUntil = new();

    /// <summary>
    /// Makes the months of these moments (null: now) where they are missing, and next month's, while it is empty and quickly
    /// made. A month that cannot be made is tried again after a minute.
    /// </summary>
    public async Task EnsureAsync(IEnumerable<DateTime?> moments, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var month in moments.Select(m => MonthOf(m ?? now)).Append(MonthOf(now.AddMonths(1))).Distinct())
        {
            if (month.Year < FirstYear || month > MonthOf(now.AddMonths(2)) || _settledUntil.GetValueOrDefault(month) > now)
                continue;
            _settledUntil[month] = await TryMakeAsync(month, cancellationToken) ? DateTime.MaxValue : now.AddMinutes(1);
        }
    }

    private async Task<bool> TryMakeAsync(DateOnly month, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = dataSource.CreateCommand("SELECT perfdash_ensure_metrics_month($1)");
            command.Parameters.Add(new() { Value = month.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) });
            return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (PostgresException e)
        {
            // For example a partition of one's own that covers the month. Metrics find their place without this one.
            LogNotMade(month, e.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not create the partition for {Month:yyyy-MM} ({Error}); its metrics are stored in the default partition")]
    private partial void LogNotMade(DateOnly month, string error);

    private static DateOnly MonthOf(DateTime moment) => new(moment.Year, moment.Month, 1);
}
