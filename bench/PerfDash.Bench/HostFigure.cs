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
    private const int JobsPerRun = 4000;

    private static readonly int[] Writers = [1, 8];

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

        var times = new Dictionary<(int Writers, Variant Variant), List<double[]>>();
        for (var round = 1; round <= rounds; round++)
        {
            foreach (var writers in Writers)
            {
                foreach (var variant in Variants)
                {
                    Console.Error.WriteLine($"host: round {round} of {rounds}, {writers} writers, {variant.Name}");
                    if (!times.TryGetValue((writers, variant), out var runs))
                        times[(writers, variant)] = runs = [];
                    runs.Add(await RunAsync(server, program, pgbench, variant, writers, stop));
                }
            }
        }

        return Table(times);
    }

    private static async Task<double[]> RunAsync(
        BenchServer server, string program, Pgbench pgbench, Variant variant, int writers, CancellationToken stop)
    {
        await ResetAsync(server, variant, stop);
        await using var perfDash = variant.Collecting
            ? await PerfDashProcess.StartAsync(program, server.ConnectionString, stop, ("PerfDash__Collection__Notify", variant.Notify ? "true" : "false"))
            : null;
        var times = await pgbench.RunAsync(writers, JobsPerRun / writers, stop);
        if (perfDash is not null)
            await server.UntilCollectedAsync(stop);

        // A figure for work that was not done would be worth nothing.
        var done = await server.ScalarAsync<string>(
            """
            SELECT format('completed %s, noted %s, recorded %s', (SELECT count(*) FROM jobs WHERE status = 'completed'),
                          (SELECT count(*) FROM job_completions), (SELECT count(*) FROM performance_metrics))
            """,
            stop);
        var (noted, recorded) = (variant.Trigger && !variant.Collecting ? JobsPerRun : 0, variant.Collecting ? JobsPerRun : 0);
        var expected = $"completed {JobsPerRun}, noted {noted}, recorded {recorded}";
        return done == expected ? times : throw new InvalidOperationException($"{variant.Name}: {done}, but should be {expected}");
    }

    private static async Task ResetAsync(BenchServer server, Variant variant, CancellationToken stop)
    {
        await server.ExecuteAsync(
            $"""
            TRUNCATE jobs, performance_metrics, job_collections, job_completions, failed_collections RESTART IDENTITY;
            INSERT INTO jobs (workflow_id, worker_id, status, started_at)
            SELECT (SELECT id FROM workflows), (SELECT id FROM workers), 'running', now() FROM generate_series(1, {JobsPerRun});
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

    private string Table(Dictionary<(int Writers, Variant Variant), List<double[]>> times)
    {
        var table = new StringBuilder(
            $"""
            ### What completing a job pays

            {Figure.Whole(JobsPerRun)} jobs in each of {rounds} rounds, one UPDATE by key each, writers without a pause.

            | writers | variant | median µs | p99 µs | added to the median, µs (least to most of the rounds) | aim |
            |---:|---|---:|---:|---:|---|

            """);
        foreach (var writers in Writers)
        {
            var without = times[(writers, Variants[0])].ConvertAll(run => new Sample(run).Median);
            foreach (var variant in Variants)
            {
                var runs = times[(writers, variant)];
                var all = new Sample(runs.SelectMany(run => run));
                var added = new Sample(runs.Select((run, round) => new Sample(run).Median - without[round]));
                table.AppendLine(variant.Trigger
                    ? $"| {writers} | {variant.Name} | {Figure.Whole(all.Median)} | {Figure.Whole(all.Percentile(0.99))} | {Figure.Signed(added.Median)} ({Figure.Signed(added.Min)} to {Figure.Signed(added.Max)}) | < {AimUs}: {(added.Median < AimUs ? "met" : "missed")} |"
                    : $"| {writers} | {variant.Name} | {Figure.Whole(all.Median)} | {Figure.Whole(all.Percentile(0.99))} | | |");
            }
        }

        return table.ToString();
    }

    private sealed record Variant(string Name, bool Trigger, bool Notify, bool Collecting);
}
