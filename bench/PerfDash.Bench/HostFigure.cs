using System.Text;
using PerfDash.Core.Demo;

namespace PerfDash.Bench;

/// <summary>
/// What the host's own statement, the one that completes a job, pays for capture. The variants take turns, so that a
/// slower minute of the machine meets all of them; what a variant adds is the median of the differences within a round.
/// </summary>
internal sealed class HostFigure(int rounds)
{
    private const double AimUs = 100;

    // Without a pause says what a farm could never ask for; the aim is evaluated there all the same.
    private static readonly Load[] Loads =
    [
        new("1 writer, no pause", Writers: 1, Jobs: 4000, JobsPerSecond: null),
        new("8 writers, 500 jobs/s together", Writers: 8, Jobs: 2000, JobsPerSecond: 500),
        new("8 writers, no pause", Writers: 8, Jobs: 4000, JobsPerSecond: null),
    ];

    private static readonly Variant[] Variants =
    [
        new("no trigger", Trigger: false, Notify: false, Collecting: false),
        new("trigger, without NOTIFY", Trigger: true, Notify: false, Collecting: false),
        new("trigger with NOTIFY (default)", Trigger: true, Notify: true, Collecting: false),
        new("trigger, without NOTIFY, PerfDash collecting", Trigger: true, Notify: false, Collecting: true),
        new("trigger with NOTIFY (default), PerfDash collecting", Trigger: true, Notify: true, Collecting: true),
    ];

    public async Task<string> RunAsync(CancellationToken stop)
    {
        await using var server = await BenchServer.StartAsync(stop);
        var program = await PerfDashProcess.PublishAsync(server.Directory, stop);
        await server.ExecuteAsync("INSERT INTO workflows (name) VALUES ('bench'); INSERT INTO workers (name) VALUES ('bench')", stop);
        var pgbench = new Pgbench(server, TypicalResult());

        var times = new Dictionary<(Load Load, Variant Variant), List<double[]>>();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var load in Loads)
            {
                foreach (var variant in Variants)
                {
                    Console.Error.WriteLine($"host: round {round} of {rounds}, {load.Name}, {variant.Name}");
                    if (!times.TryGetValue((load, variant), out var runs))
                        times[(load, variant)] = runs = [];
                    runs.Add(await RunAsync(server, program, pgbench, variant, load, stop));
                }
            }
        }

        return Table(times);
    }

    private static async Task<double[]> RunAsync(
        BenchServer server, string program, Pgbench pgbench, Variant variant, Load load, CancellationToken stop)
    {
        await ResetAsync(server, variant, load.Jobs, stop);
        await using var perfDash = variant.Collecting
            ? await PerfDashProcess.StartAsync(program, server.ConnectionString, stop, ("PerfDash__Collection__Notify", variant.Notify ? "true" : "false"))
            : null;
        var times = await pgbench.RunAsync(load.Writers, load.Jobs / load.Writers, load.JobsPerSecond, stop);
        if (perfDash is not null)
            await server.UntilCollectedAsync(stop);

        // A figure for work that was not done would be worth nothing.
        var done = await server.ScalarAsync<string>(
            """
            SELECT format('completed %s, enqueued %s, recorded %s', (SELECT count(*) FROM jobs WHERE status = 'completed'),
                          (SELECT count(*) FROM job_completions), (SELECT count(*) FROM performance_metrics))
            """,
            stop);
        var (enqueued, recorded) = (variant.Trigger && !variant.Collecting ? load.Jobs : 0, variant.Collecting ? load.Jobs : 0);
        var expected = $"completed {load.Jobs}, enqueued {enqueued}, recorded {recorded}";
        return done == expected ? times : throw new InvalidOperationException($"{variant.Name}: {done}, but should be {expected}");
    }

    private static async Task ResetAsync(BenchServer server, Variant variant, int jobs, CancellationToken stop)
    {
        await server.ExecuteAsync(
            $"""
            TRUNCATE jobs, job_completions RESTART IDENTITY CASCADE;
            INSERT INTO jobs (workflow_id, worker_id, status, started_at)
            SELECT (SELECT id FROM workflows), (SELECT id FROM workers), 'running', now() FROM generate_series(1, {jobs});
            ALTER TABLE jobs {(variant.Trigger ? "ENABLE" : "DISABLE")} TRIGGER perfdash_note_updated_completions;
            UPDATE collection_settings SET notify = {variant.Notify};
            """,
            stop);
        await server.ExecuteAsync("VACUUM ANALYZE jobs", stop);
        await server.ExecuteAsync("CHECKPOINT", stop);
    }

    private static string TypicalResult()
    {
        var end = TimeProvider.System.GetUtcNow().UtcDateTime;
        return new DemoFarm(42, end).Jobs(end.AddDays(-1), end, 100).First(job => job is { Scores: not null, Stages: not null }).ResultJson()!;
    }

    private string Table(Dictionary<(Load Load, Variant Variant), List<double[]>> times)
    {
        var table = new StringBuilder(
            $"""
            ### What completing a job pays

            {string.Join(" or ", Loads.Select(load => load.Jobs).Distinct().Order())} jobs in each of {rounds} rounds, each completed by one UPDATE by key.

            | load | variant | median µs | p99 µs | added to the median, µs (least to most of the rounds) | aim |
            |---|---|---:|---:|---:|---|

            """);
        foreach (var load in Loads)
        {
            var without = times[(load, Variants[0])].ConvertAll(run => new Sample(run).Median);
            foreach (var variant in Variants)
            {
                var runs = times[(load, variant)];
                var all = new Sample(runs.SelectMany(run => run));
                var added = new Sample(runs.Select((run, round) => new Sample(run).Median - without[round]));
                table.AppendLine(variant.Trigger
                    ? $"| {load.Name} | {variant.Name} | {Figure.Whole(all.Median)} | {Figure.Whole(all.Percentile(0.99))} | {Figure.Signed(added.Median)} ({Figure.Signed(added.Min)} to {Figure.Signed(added.Max)}) | < {AimUs}: {(added.Median < AimUs ? "met" : "missed")} |"
                    : $"| {load.Name} | {variant.Name} | {Figure.Whole(all.Median)} | {Figure.Whole(all.Percentile(0.99))} | | |");
            }
        }

        return table.ToString();
    }

    private sealed record Load(string Name, int Writers, int Jobs, int? JobsPerSecond);

    private sealed record Variant(string Name, bool Trigger, bool Notify, bool Collecting);
}
