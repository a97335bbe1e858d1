using System.Diagnostics;

namespace PerfDash.Bench.Pages;

/// <summary>Jobs committed so far, and when, in ms since 1970.</summary>
internal sealed record Commit(long Jobs, double AtMs);

/// <summary>A host that completes jobs at an even rate.</summary>
internal static class JobWriter
{
    private const int Copied = 500;

    /// <summary>Copies some jobs, to be completed again and again.</summary>
    public static Task PrepareAsync(BenchServer server, CancellationToken stop) => server.ExecuteAsync(
        $"""
        CREATE TABLE bench_jobs AS
        SELECT row_number() OVER () AS n, workflow_id, worker_id,
               jsonb_build_object('frame_count', frame_count, 'total_gpu_time_ms', total_gpu_time_ms, 'vram_peak_mb', vram_peak_mb,
                                  'resolution_tier', resolution_tier, 'quality_scores', quality_scores_json, 'pipeline_stages', pipeline_stages_json) AS result
        FROM performance_metrics WHERE job_id > (SELECT max(job_id) - {Copied} FROM performance_metrics)
        """,
        stop);

    /// <summary>Completes jobs until it is stopped; a moment missed is made up for.</summary>
    public static async Task<IReadOnlyList<Commit>> RunAsync(BenchServer server, int jobsPerSecond, int jobsPerCommit, CancellationToken stop)
    {
        List<Commit> commits = [];
        var completed = 0L;
        var began = Stopwatch.GetTimestamp();
        try
        {
            while (true)
            {
                var early = TimeSpan.FromSeconds((double)completed / jobsPerSecond) - Stopwatch.GetElapsedTime(began);
                if (early > TimeSpan.Zero)
                    await Task.Delay(early, stop);
                stop.ThrowIfCancellationRequested();
                var first = (completed % Copied) + 1;
                await server.ExecuteAsync(
                    $"""
                    INSERT INTO jobs (workflow_id, worker_id, status, started_at, completed_at, result)
                    SELECT workflow_id, worker_id, 'completed', now() - INTERVAL '40 seconds', now(), result FROM bench_jobs WHERE n BETWEEN {first} AND {first + jobsPerCommit - 1}
                    """,
                    CancellationToken.None);
                completed += jobsPerCommit;
                commits.Add(new Commit(completed, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The measurement is over.
        }

        return commits;
    }
}
