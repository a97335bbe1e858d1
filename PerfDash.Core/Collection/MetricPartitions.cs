using System.Collections.Concurrent;
using Npgsql;

namespace PerfDash.Core.Collection;

/// <summary>
/// Makes the monthly partitions metrics need, before they are written. Only months of plausible years get one; other
/// rows, and those of a month that could not be made in time, rest in the default partition, where they are complete
/// and found all the same.
/// </summary>
public sealed class MetricPartitions(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const int FirstYear = 2000;

    // Until when a month need not be asked for again: for ever once it is there, a minute after a lock was in the way.
    private readonly ConcurrentDictionary<DateOnly, DateTime> _settledUntil = new();

    /// <summary>Makes the months of these moments (null: now) where they are missing.</summary>
    public async Task EnsureAsync(IEnumerable<DateTime?> moments, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().UtcDateTime;
        foreach (var month in moments.Select(m => MonthOf(m ?? now)).Distinct())
        {
            if (month.Year < FirstYear || month > MonthOf(now.AddMonths(2)) || _settledUntil.GetValueOrDefault(month) > now)
                continue;
            await using var command = dataSource.CreateCommand("SELECT perfdash_ensure_metrics_month($1)");
            command.Parameters.Add(new() { Value = month.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) });
            var made = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
            _settledUntil[month] = made ? DateTime.MaxValue : now.AddMinutes(1);
        }
    }

    private static DateOnly MonthOf(DateTime moment) => new(moment.Year, moment.Month, 1);
}
