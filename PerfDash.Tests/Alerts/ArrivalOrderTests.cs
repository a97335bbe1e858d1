using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Collection;
using PerfDash.Tests.Collection;
using static PerfDash.Tests.Alerts.AlertRows;

namespace PerfDash.Tests.Alerts;

/// <summary>The same jobs in other orders, batches and hands, against incidents worked out job by job in memory.</summary>
public sealed class ArrivalOrderTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly Rule[] Rules =
    [
        new("time_per_frame_ms", "global", null, 100, 180, false, 1, null),
        new("time_per_frame_ms", "workflow", 2, 110, 150, false, 3, null),
        new("time_per_frame_ms", "workflow", 2, 90, 170, false, 2, 70),
        new("time_per_frame_ms", "worker", 4, 120, 160, false, 2, null),
        new("vram_peak_mb", "global", null, 150, 190, false, 2, 100),
        new("vram_peak_mb", "worker", 1, 60, 120, false, 5, null),
        new("quality.likeness", "global", null, 0.4f, 0.2f, true, 1, null),
        new("quality.likeness", "workflow", 3, 0.6f, 0.3f, true, 4, 0.7f),
    ];

    public async ValueTask InitializeAsync()
    {
        await database.StartOverAsync();
        foreach (var rule in Rules)
            await database.AddThresholdAsync(rule.Warning, rule.Critical, rule.Metric, rule.Scope, rule.ScopeId, rule.Below ? "below" : "above", rule.ForJobs, rule.Clear);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Ten_thousand_jobs_shuffled_within_batches_of_any_size_give_the_incidents_of_one_by_one()
    {
        var random = new Random(7);
        var jobs = MakeUp(random, 10_000);
        await InsertAsync(jobs);
        for (var at = 0; at < jobs.Count;)
        {
            var size = Math.Min(jobs.Count - at, random.Next(1, 400));
            await CollectAsync(database.Collector(), [.. jobs.Skip(at).Take(size).Select(j => j.Id)], random);
            at += size;
        }

        Assert.Equal(Lines([.. Expected(jobs)]), await database.IncidentsAsync());
        await AssertEveryChangeOnceAsync();
    }

    [Fact]
    public async Task One_by_one_gives_the_incidents_worked_out()
    {
        var jobs = MakeUp(new Random(8), 400);
        await InsertAsync(jobs);
        foreach (var job in jobs)
            await CollectAsync(database.Collector(), [job.Id], new Random(1));

        Assert.Equal(Lines([.. Expected(jobs)]), await database.IncidentsAsync());
        await AssertEveryChangeOnceAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task In_any_order_every_breach_belongs_to_exactly_one_incident_and_none_is_told_twice(int seed)
    {
        var random = new Random(seed);
        var jobs = MakeUp(random, 1500);
        await InsertAsync(jobs);
        var arriving = jobs.Select(j => j.Id).ToArray();
        random.Shuffle(arriving);
        for (var at = 0; at < arriving.Length;)
        {
            var size = Math.Min(arriving.Length - at, random.Next(1, 60));
            await CollectAsync(database.Collector(), arriving[at..(at + size)], random);
            at += size;
        }

        await AssertCoveredAsync(jobs);
    }

    [Fact]
    public async Task Two_collectors_on_one_database_tell_nothing_twice_and_miss_nothing()
    {
        var jobs = MakeUp(new Random(9), 3000);
        await InsertAsync(jobs);
        await NoteAsync([.. jobs.Select(j => j.Id)]);
        await using var other = TestDatabase.ServicesOver(database.ConnectionString);

        await Task.WhenAll(DrainAsync(database.Collector()), DrainAsync(other.GetRequiredService<MetricCollector>()));

        Assert.Equal(jobs.Count, await database.CountAsync("performance_metrics"));
        await AssertCoveredAsync(jobs);

        static Task DrainAsync(MetricCollector collector) => Task.Run(
            async () =>
            {
                while ((await collector.CollectAsync(40, Cancel)).Claimed > 0)
                {
                }
            },
            Cancel);
    }

    private static List<MadeUpJob> MakeUp(Random random, int count)
    {
        var jobs = new List<MadeUpJob>(count);
        for (var i = 1; i <= count; i++)
        {
            // All within a day. Some at the same moment, in the order of their ids.
            jobs.Add(new MadeUpJob(
                i,
                Noon.AddSeconds(i / 2),
                random.Next(1, 4),
                random.Next(1, 6),
                random.Next(10) == 0 ? null : MathF.Round((float)(random.NextDouble() * 120) + (i / 50 % 4 * 30), 1),
                random.Next(6) == 0 ? null : random.Next(0, 220),
                random.Next(4) == 0 ? null : Math.Round(random.NextDouble(), 1)));
        }

        return jobs;
    }

    private async Task InsertAsync(List<MadeUpJob> jobs) => await database.ExecuteAsync(
        """
        SET LOCAL perfdash.capture = 'off';
        INSERT INTO jobs (id, workflow_id, worker_id, status, completed_at, result)
        OVERRIDING SYSTEM VALUE
        SELECT id, workflow, worker, 'completed', at,
               jsonb_strip_nulls(jsonb_build_object('time_per_frame_ms', time::text::numeric, 'vram_peak_mb', vram, 'quality_scores', jsonb_build_object('likeness', score)))
        FROM unnest(@ids, @workflows, @workers, @moments, @times, @vrams, @scores) AS j(id, workflow, worker, at, time, vram, score)
        """,
        ("ids", jobs.Select(j => j.Id).ToArray()),
        ("workflows", jobs.Select(j => j.Workflow).ToArray()),
        ("workers", jobs.Select(j => j.Worker).ToArray()),
        ("moments", jobs.Select(j => j.At).ToArray()),
        ("times", jobs.Select(j => j.Time).ToArray()),
        ("vrams", jobs.Select(j => j.Vram).ToArray()),
        ("scores", jobs.Select(j => j.Score).ToArray()));

    private Task<int> NoteAsync(long[] jobs) => database.ExecuteAsync("INSERT INTO job_completions (job_id) SELECT * FROM unnest(@jobs)", ("jobs", jobs));

    private async Task CollectAsync(MetricCollector collector, long[] jobs, Random random)
    {
        random.Shuffle(jobs);
        await NoteAsync(jobs);
        Assert.Equal(new CollectedBatch(jobs.Length, jobs.Length, 0), await collector.CollectAsync(jobs.Length, Cancel));
    }

    /// <summary>The incidents of each rule and subject, by walking its jobs once.</summary>
    private static IEnumerable<string> Expected(List<MadeUpJob> jobs)
    {
        for (var i = 0; i < Rules.Length; i++)
        {
            var rule = Rules[i];
            foreach (var subject in Rows(rule, jobs))
            {
                foreach (var incident in Walk(rule, subject))
                    yield return incident.Text(i + 1, rule.Scope == "worker" ? 'k' : 'w', subject.Key);
            }
        }
    }

    private static IEnumerable<IGrouping<long, MadeUpJob>> Rows(Rule rule, List<MadeUpJob> jobs) => jobs
        .Where(job => rule.ValueOf(job) is not null && Applies(rule, job))
        .GroupBy(job => rule.Scope == "worker" ? job.Worker : job.Workflow)
        .OrderBy(group => group.Key);

    private static bool Applies(Rule rule, MadeUpJob job) => rule.Scope switch
    {
        "workflow" => job.Workflow == rule.ScopeId,
        "worker" => job.Worker == rule.ScopeId,
        _ => !Rules.Any(other => other.Metric == rule.Metric && other.Scope != "global" && Applies(other, job)),
    };

    private static List<Incident> Walk(Rule rule, IEnumerable<MadeUpJob> row)
    {
        var found = new List<Incident>();
        var last = new List<MadeUpJob>();
        Incident? open = null;
        foreach (var job in row)
        {
            last.Add(job);
            if (last.Count > rule.ForJobs)
                last.RemoveAt(0);
            var isFull = last.Count == rule.ForJobs;
            if (open is not null)
                open.Last = rule.ValueOf(job)!.Value;
            if (open is null && isFull && last.TrueForAll(rule.Warns))
            {
                found.Add(open = new Incident(job.At) { IsCritical = last.TrueForAll(rule.IsCritical), Job = job.Id, Last = rule.ValueOf(job)!.Value });
            }
            else if (open is { IsCritical: false } && isFull && last.TrueForAll(rule.IsCritical))
            {
                (open.IsCritical, open.RaisedAt, open.Job) = (true, job.At, job.Id);
            }
            else if (open is not null && isFull && last.TrueForAll(rule.IsClear))
            {
                open.ResolvedAt = job.At;
                open = null;
            }
        }

        return found;
    }

    private async Task AssertCoveredAsync(List<MadeUpJob> jobs)
    {
        await AssertEveryChangeOnceAsync();
        var stored = new Dictionary<(int, long), List<(DateTime From, DateTime To)>>();
        await using (var command = database.DataSource.CreateCommand("SELECT threshold_id, subject_id, opened_at, resolved_at FROM alert_incidents ORDER BY opened_at, id"))
        await using (var reader = await command.ExecuteReaderAsync(Cancel))
        {
            while (await reader.ReadAsync(Cancel))
            {
                var key = ((int)reader.GetInt64(0), reader.GetInt64(1));
                stored.TryAdd(key, []);
                stored[key].Add((reader.GetDateTime(2), reader.IsDBNull(3) ? DateTime.MaxValue : reader.GetDateTime(3)));
            }
        }

        for (var i = 0; i < Rules.Length; i++)
        {
            var rule = Rules[i];
            foreach (var row in Rows(rule, jobs))
            {
                var stretches = stored.GetValueOrDefault((i + 1, row.Key), []);
                Assert.All(stretches.Zip(stretches.Skip(1)), pair => Assert.True(pair.First.To <= pair.Second.From, $"{pair} of rule {i + 1} overlap"));
                foreach (var incident in Walk(rule, row))
                    Assert.Contains(stretches, s => s.From <= (incident.ResolvedAt ?? DateTime.MaxValue) && incident.OpenedAt <= s.To);
                if (rule.ForJobs > 1)
                    continue;
                foreach (var job in row.Where(rule.Warns))
                    Assert.True(stretches.Exists(s => s.From <= job.At && job.At <= s.To), $"job {job} is in no incident of rule {i + 1}");
                if (rule.Clear is null)
                    Assert.Equal(rule.Warns(row.Last()), stretches.Exists(s => s.To == DateTime.MaxValue));
            }
        }
    }

    /// <summary>Of each incident: opened once, raised once where it was, resolved once where it is.</summary>
    private async Task AssertEveryChangeOnceAsync() => Assert.Equal(0, await database.ScalarAsync<long>(
        """
        SELECT count(*) FROM (
            SELECT i.id FROM alert_incidents AS i LEFT JOIN alert_incident_events AS e ON e.incident_id = i.id GROUP BY i.id
            HAVING count(*) FILTER (WHERE event = 'opened') <> 1
                OR count(*) FILTER (WHERE event = 'raised') <> (i.raised_at IS NOT NULL)::int
                OR count(*) FILTER (WHERE event = 'resolved') <> (i.state = 'resolved')::int) AS wrong
        """));

    private sealed record MadeUpJob(long Id, DateTime At, long Workflow, long Worker, float? Time, int? Vram, double? Score);

    private sealed record Rule(string Metric, string Scope, long? ScopeId, float Warning, float Critical, bool Below, int ForJobs, float? Clear)
    {
        public double? ValueOf(MadeUpJob job) => Metric switch
        {
            "time_per_frame_ms" => job.Time is { } time ? (double)(decimal)time : null,
            "vram_peak_mb" => job.Vram,
            _ => job.Score,
        };

        public bool Warns(MadeUpJob job) => Reaches(job, Warning);

        public bool IsCritical(MadeUpJob job) => Reaches(job, Critical);

        public bool IsClear(MadeUpJob job) => !Reaches(job, Clear ?? Warning);

        private bool Reaches(MadeUpJob job, float limit) =>
            Below ? (decimal)ValueOf(job)!.Value <= (decimal)limit : (decimal)ValueOf(job)!.Value >= (decimal)limit;
    }

    private sealed class Incident(DateTime openedAt)
    {
        public DateTime OpenedAt { get; } = openedAt;

        public bool IsCritical { get; set; }

        public DateTime? RaisedAt { get; set; }

        public DateTime? ResolvedAt { get; set; }

        public long Job { get; set; }

        public double Last { get; set; }

        public string Text(int threshold, char type, long subject) => string.Create(
            CultureInfo.InvariantCulture,
            $"{threshold} {type}{subject} {(IsCritical ? "critical" : "warning")} {(ResolvedAt is null ? "open" : "resolved")} {Epoch(OpenedAt)}/{Epoch(RaisedAt)}/{Epoch(ResolvedAt)} value {Last} of job {Job}");

        private static string Epoch(DateTime? moment) => moment is { } m
            ? string.Create(CultureInfo.InvariantCulture, $"{(m - DateTime.UnixEpoch).TotalSeconds:0}.000000")
            : "";
    }
}
