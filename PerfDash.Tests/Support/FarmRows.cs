using System.Globalization;
using System.Text.Json;

namespace PerfDash.Tests.Support;

/// <summary>One job with its metric, as a test wants it recorded.</summary>
public sealed record FarmRow
{
    /// <summary>0: the next that is free.</summary>
    public long JobId { get; init; }

    public long WorkflowId { get; init; } = 1;

    public long WorkerId { get; init; } = 1;

    public long? ProjectId { get; init; }

    public string? Tier { get; init; }

    public float? TimePerFrameMs { get; init; }

    public long? GpuTimeMs { get; init; }

    public long? WallTimeMs { get; init; }

    public int? VramMb { get; init; }

    public int? Frames { get; init; }

    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    public IReadOnlyList<(string Name, double Ms)> Stages { get; init; } = [];

    public IReadOnlyDictionary<string, object> Parameters { get; init; } = new Dictionary<string, object>();

    /// <summary>Instead of <see cref="Scores"/>: whatever another program may have written.</summary>
    public string? ScoresJson { get; init; }

    /// <summary>Instead of <see cref="Stages"/>.</summary>
    public string? StagesJson { get; init; }

    /// <summary>What an hour of its worker costs, for what a test expects; it is not written.</summary>
    public decimal? Price { get; init; }

    public required DateTime CompletedAt { get; init; }
}

/// <summary>Writes farms straight into the tables and makes them up.</summary>
public static class FarmRows
{
    /// <summary>Workflows 1 to 3, workers 1 to 5 and projects 1 and 2, in an empty database.</summary>
    public static Task AddEntitiesAsync(this TestDatabase database) => database.ExecuteAsync(
        """
        INSERT INTO workflows (id, name) SELECT i, 'Workflow ' || i FROM generate_series(1, 3) AS i;
        INSERT INTO workers (id, name, gpu_model, gpu_hour_price) SELECT i, 'gpu-' || i, 'Card ' || i, CASE WHEN i < 4 THEN i * 0.5 END FROM generate_series(1, 5) AS i;
        INSERT INTO projects (id, name) VALUES (1, 'One'), (2, 'Two');
        """);

    /// <summary>Records jobs without the collector, in one statement, marked as collected.</summary>
    public static Task AddJobsAsync(this TestDatabase database, IReadOnlyCollection<FarmRow> rows) => database.ExecuteAsync(
        """
        WITH incoming AS (
            SELECT COALESCE(NULLIF(id, 0), nextval(pg_get_serial_sequence('jobs', 'id'))) AS job_id, t.* FROM unnest(@ids, @workflows, @workers, @projects, @tiers, @times, @gpus, @walls, @vrams, @frames, @scores, @stages, @parameters, @moments)
                AS t(id, workflow_id, worker_id, project_id, tier, time, gpu, wall, vram, frames, scores, stages, parameters, moment)
        ), made AS (
            INSERT INTO jobs (id, workflow_id, worker_id, project_id, status, parameters, completed_at)
            SELECT job_id, workflow_id, worker_id, project_id, 'completed', parameters::jsonb, moment FROM incoming
        ), collected AS (
            INSERT INTO job_collections (job_id, queued_at) SELECT job_id, moment FROM incoming
        )
        INSERT INTO performance_metrics (job_id, workflow_id, worker_id, project_id, resolution_tier, time_per_frame_ms, total_gpu_time_ms,
            total_wall_time_ms, vram_peak_mb, frame_count, quality_scores_json, pipeline_stages_json, created_at)
        SELECT job_id, workflow_id, worker_id, project_id, tier, time, gpu, wall, vram, frames, scores::jsonb, stages::jsonb, moment FROM incoming
        """,
        ("ids", rows.Select(r => r.JobId).ToArray()),
        ("workflows", rows.Select(r => r.WorkflowId).ToArray()),
        ("workers", rows.Select(r => r.WorkerId).ToArray()),
        ("projects", rows.Select(r => r.ProjectId).ToArray()),
        ("tiers", rows.Select(r => r.Tier).ToArray()),
        ("times", rows.Select(r => r.TimePerFrameMs).ToArray()),
        ("gpus", rows.Select(r => r.GpuTimeMs).ToArray()),
        ("walls", rows.Select(r => r.WallTimeMs).ToArray()),
        ("vrams", rows.Select(r => r.VramMb).ToArray()),
        ("frames", rows.Select(r => r.Frames).ToArray()),
        ("scores", rows.Select(r => r.ScoresJson ?? (r.Scores.Count == 0 ? null : JsonSerializer.Serialize(r.Scores))).ToArray()),
        ("stages", rows.Select(r => r.StagesJson ?? (r.Stages.Count == 0 ? null : JsonOf(r.Stages))).ToArray()),
        ("parameters", rows.Select(r => r.Parameters.Count == 0 ? null : JsonSerializer.Serialize(r.Parameters)).ToArray()),
        ("moments", rows.Select(r => r.CompletedAt).ToArray()));

    /// <summary>A farm with gaps, missing values, ties and overlaps over <paramref name="days"/> days.</summary>
    public static List<FarmRow> MakeUp(int seed, int jobs, DateTime from, int days)
    {
        var random = new Random(seed);
        var rows = new List<FarmRow>(jobs);
        for (var i = 1; i <= jobs; i++)
        {
            var day = random.Next(days);
            // A third of the days lie still.
            var moment = from.AddDays(day - (day % 3 == 2 ? 1 : 0)).AddMilliseconds(random.Next(86_400_000));
            rows.Add(new FarmRow
            {
                JobId = i,
                WorkflowId = random.Next(1, 4),
                WorkerId = random.Next(1, 6),
                ProjectId = random.Next(3) is > 0 and var project ? project : null,
                Tier = (string?[])[null, "720p", "1080p", "4k"] is var tiers ? tiers[random.Next(4)] : null,
                TimePerFrameMs = Maybe(random, 0.1) ? null : random.Next(5) == 0 ? 500 : MathF.Round((float)(random.NextDouble() * 900) + 100, 2),
                GpuTimeMs = Maybe(random, 0.1) ? null : random.Next(0, 90_000),
                WallTimeMs = Maybe(random, 0.1) ? null : random.Next(0, 14_400_000),
                VramMb = Maybe(random, 0.2) ? null : random.Next(10, 20) * 1024,
                Frames = Maybe(random, 0.1) ? null : random.Next(1, 200),
                Scores = Scores(random),
                Stages = Stages(random),
                Parameters = Parameters(random),
                CompletedAt = moment,
            });
        }

        return rows;
    }

    private static bool Maybe(Random random, double chance) => random.NextDouble() < chance;

    private static Dictionary<string, double> Scores(Random random)
    {
        var scores = new Dictionary<string, double>();
        if (!Maybe(random, 0.2))
            scores["likeness"] = Math.Round(random.NextDouble(), 1);
        if (!Maybe(random, 0.5))
            scores["aesthetic"] = (random.NextDouble() * 20) - 10;
        return scores;
    }

    private static List<(string, double)> Stages(Random random)
    {
        string[] names = ["load_model", "sample", "decode", "sample"];
        return Maybe(random, 0.25) ? [] : [.. names.Where(_ => !Maybe(random, 0.3)).Select(name => (name, Math.Round(random.NextDouble() * 5000, 1)))];
    }

    private static Dictionary<string, object> Parameters(Random random)
    {
        var parameters = new Dictionary<string, object>();
        if (!Maybe(random, 0.2))
            parameters["cfg"] = Maybe(random, 0.1) ? "7" : random.Next(1, 20) / 2.0;
        if (!Maybe(random, 0.3))
            parameters["sampler"] = random.Next(2) == 0 ? "euler" : "dpm";
        return parameters;
    }

    private static string JsonOf(IReadOnlyList<(string Name, double Ms)> stages) =>
        $"[{string.Join(',', stages.Select(s => string.Create(CultureInfo.InvariantCulture, $"{{\"name\": {JsonSerializer.Serialize(s.Name)}, \"duration_ms\": {s.Ms}}}")))}]";
}
