using System.Globalization;

namespace PerfDash.Bench.Routes;

/// <summary>One request, and the sums DuckDB makes for the same question; null where its rows do not hold what is asked.</summary>
internal sealed record Question(string Name, string Path, string? Duck = null)
{
    private const string Sums =
        """
        count(*), avg(time_per_frame_ms), min(time_per_frame_ms), max(time_per_frame_ms), quantile_cont(time_per_frame_ms, [0.5, 0.95]), avg(total_gpu_time_ms),
        min(total_gpu_time_ms), max(total_gpu_time_ms), sum(total_gpu_time_ms), avg(vram_peak_mb), min(vram_peak_mb), max(vram_peak_mb), sum(frame_count),
        avg(likeness), avg(face_confidence), avg(motion_quality), avg(boundary_ssim), sum(total_gpu_time_ms * price)
        """;

    private static readonly string[] Scores = ["likeness", "face_confidence", "motion_quality", "boundary_ssim"];

    // 22 % of the jobs, and 1.1 %.
    private const int Largest = 1;
    private const int Typical = 20;

    public static IEnumerable<Question> All((string From, string To) range, int rows)
    {
        var within = $"from={range.From}&to={range.To}";
        var when = $"created_at >= TIMESTAMP '{range.From[..19].Replace('T', ' ')}' AND created_at < TIMESTAMP '{range.To[..19].Replace('T', ' ')}'";
        yield return new("overview", $"/performance/overview?{within}", $"SELECT workflow_id, {Sums} FROM metrics WHERE {when} GROUP BY ROLLUP (workflow_id)");
        yield return new("overview, edges within hours", $"/performance/overview?from={range.From.Replace("00:00:00", "09:17:31", StringComparison.Ordinal)}&to={range.To}");
        foreach (var bucket in new[] { "day", "hour" })
            yield return new($"throughput by {bucket}", $"/performance/throughput?{within}&bucket={bucket}", $"SELECT date_trunc('{bucket}', created_at), {Sums} FROM metrics WHERE {when} GROUP BY 1");
        yield return new("throughput by day in Berlin", $"/performance/throughput?{within}&bucket=day&time_zone=Europe/Berlin");
        foreach (var (name, id) in new[] { ("the largest workflow", Largest), ("a typical workflow", Typical) })
        {
            yield return new(name, $"/performance/workflow/{id}?{within}", $"SELECT {Sums}, stddev_samp(time_per_frame_ms), histogram(floor(time_per_frame_ms / 20)) FROM metrics WHERE workflow_id = {id} AND {when}");
            yield return new($"{name}, trend", $"/performance/workflow/{id}/trend?{within}", $"SELECT date_trunc('day', created_at), {Sums} FROM metrics WHERE workflow_id = {id} AND {when} GROUP BY 1");
        }

        yield return new("a worker", $"/performance/worker/7?{within}", $"SELECT worker_id, workflow_id, tier, count(*), avg(time_per_frame_ms) FROM metrics WHERE {when} GROUP BY 1, 2, 3");
        yield return new("all workers", $"/performance/workers/comparison?{within}", $"SELECT worker_id, {Sums} FROM metrics WHERE {when} GROUP BY 1");
        yield return new("two workflows compared", $"/performance/comparison?workflows={Largest},2&{within}", $"SELECT workflow_id, {Sums} FROM metrics WHERE workflow_id IN ({Largest}, 2) AND {when} GROUP BY 1");
        yield return new("before and after", $"/performance/comparison/history?workflow={Typical}&{Halves(range)}");
        yield return new("split proposals", $"/performance/comparison/history/proposals?workflow={Largest}&{within}");
        yield return new("quality", $"/performance/quality?{within}", Histograms(when));
        yield return new("correlation", $"/performance/quality/correlation?parameter=cfg&score=likeness&{within}", $"SELECT count(*), corr(likeness, cfg) FROM metrics WHERE {when}");
        yield return new("jobs, newest", $"/performance/jobs?{within}");
        yield return new("jobs, slowest", $"/performance/jobs?sort=-time_per_frame_ms&{within}", $"SELECT * FROM metrics WHERE {when} ORDER BY time_per_frame_ms DESC LIMIT 50");
        yield return new("jobs, least likeness", $"/performance/jobs?sort=likeness&{within}", $"SELECT * FROM metrics WHERE {when} ORDER BY likeness LIMIT 50");
        yield return new("one job", $"/performance/job/{rows / 2}");
        yield return new("estimate", $"/performance/estimate?workflow={Largest}&frames=48&resolution_tier=1080p&worker=7");
        yield return new("estimate of a rare job", $"/performance/estimate?workflow=50&frames=48&resolution_tier=4k&worker=7");
        yield return new("cost", $"/performance/cost?score=likeness&min=0.8&{within}", $"SELECT workflow_id, count(*), sum(total_gpu_time_ms * price), sum(frame_count) FILTER (likeness >= 0.8) FROM metrics WHERE {when} GROUP BY 1");
        yield return new("collection", "/performance/collection");
    }

    private static string Halves((string From, string To) range)
    {
        var middle = DateTimeOffset.Parse(range.From, CultureInfo.InvariantCulture).AddDays(15).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return $"before_from={range.From}&before_to={middle}&after_from={middle}&after_to={range.To}";
    }

    private static string Histograms(string when) => string.Join(
        " UNION ALL ",
        Scores.Select(score =>
            $"SELECT '{score}', workflow_id, floor({score} * 50), count(*), sum({score}) FROM metrics WHERE {when} AND {score} IS NOT NULL GROUP BY 2, 3"));
}
