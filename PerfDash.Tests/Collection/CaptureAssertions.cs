using PerfDash.Core.Collection;

namespace PerfDash.Tests.Collection;

/// <summary>What every test of capture asks.</summary>
internal static class CaptureAssertions
{
    public static Task<long> CountAsync(this TestDatabase database, string table) => database.ScalarAsync<long>($"SELECT count(*) FROM {table}");

    /// <summary>Every completed job has a metric, every metric a job, no job two, and there are so many.</summary>
    public static async Task AssertRecordedOnceAsync(this TestDatabase database, long jobs) => Assert.Equal(
        $"jobs {jobs}, metrics {jobs}, distinct {jobs}, guards {jobs}, missing 0, foreign 0",
        await database.ScalarAsync<string>(
            """
            SELECT format('jobs %s, metrics %s, distinct %s, guards %s, missing %s, foreign %s',
                (SELECT count(*) FROM jobs WHERE status = 'completed'),
                (SELECT count(*) FROM performance_metrics),
                (SELECT count(DISTINCT job_id) FROM performance_metrics),
                (SELECT count(*) FROM job_collections),
                (SELECT count(*) FROM jobs AS j WHERE status = 'completed' AND NOT EXISTS (SELECT FROM performance_metrics AS m WHERE m.job_id = j.id)),
                (SELECT count(*) FROM performance_metrics AS m WHERE NOT EXISTS (SELECT FROM jobs AS j WHERE j.id = m.job_id AND status = 'completed')))
            """));

    /// <summary>Collects until nothing is left.</summary>
    public static async Task<CollectedBatch> DrainAsync(this TestDatabase database)
    {
        var all = CollectedBatch.Empty;
        while (true)
        {
            var batch = await database.Get<MetricCollector>().CollectAsync(1000, TestContext.Current.CancellationToken);
            all += batch;
            if (batch.Claimed == 0)
                return all;
        }
    }
}
