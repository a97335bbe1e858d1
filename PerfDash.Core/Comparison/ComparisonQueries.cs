using System.ComponentModel.DataAnnotations.Schema;
using System.Data;
using System.Globalization;
using PerfDash.Core.Rollups;
using PerfDash.Core.Statistics;
using PerfDash.Core.Workflows;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Comparison;

/// <summary>
/// Compares workflows with each other, and a workflow with itself at another time. Plain figures are of all jobs; what
/// is matched is of an even sample of jobs where there are more than <see cref="SampledJobs"/>.
/// </summary>
public sealed class ComparisonQueries(IDbContextFactory<PerfDashDbContext> contexts)
{
    public const int MostWorkflows = 10;

    /// <summary>Jobs that are matched in one comparison, about, all sides together.</summary>
    public const int SampledJobs = 20_000;

    /// <summary>Jobs of each workflow and period, about, where many workflows are looked at together.</summary>
    public const int ScreenedJobs = 2_500;

    /// <summary>The names of the workflows that exist among <paramref name="workflowIds"/>.</summary>
    public async Task<Dictionary<long, string>> GetNamesAsync(long[] workflowIds, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        return await context.Workflows.Where(w => workflowIds.Contains(w.Id)).ToDictionaryAsync(w => w.Id, w => w.Name, cancellationToken);
    }

    /// <summary>Compares workflows over one range; the first is the baseline.</summary>
    /// <param name="names">Names of the workflows by id; every id must be there.</param>
    /// <param name="workflowIds">2 to 10 ids, distinct.</param>
    /// <param name="filter">Which jobs; its workflow does not count.</param>
    public async Task<WorkflowComparison> CompareAsync(
        IReadOnlyDictionary<long, string> names, long[] workflowIds, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        // Two workflows of one name are distinguished by their ids.
        var twins = workflowIds.GroupBy(id => names[id]).Where(g => g.Count() > 1).SelectMany(g => g).ToHashSet();
        var sides = await GetSidesAsync(
            workflowIds.ToDictionary(id => id, id => names[id]), range, filter, id => twins.Contains(id) ? $"{names[id]} (#{id})" : names[id], cancellationToken);
        return WorkflowComparison.From([.. workflowIds.Select(id => sides[id])]);
    }

    /// <summary>Compares a workflow with itself: what it did in <paramref name="after"/> against <paramref name="before"/>.</summary>
    /// <param name="before">The earlier period.</param>
    /// <param name="after">The later one.</param>
    /// <param name="filter">Which jobs; its workflow does not count.</param>
    /// <param name="isFoundSplit">True where the moment between the two was found in these figures: verdicts then need <see cref="VerdictRule.FoundSplitLevel"/>.</param>
    public async Task<HistoryComparison> CompareHistoryAsync(
        long workflowId, string name, TimeRange before, TimeRange after, MetricFilter filter, CancellationToken cancellationToken, Task<bool>? isFoundSplit = null)
    {
        var names = new Dictionary<long, string> { [workflowId] = name };
        var earlier = await GetSidesAsync(names, before, filter, _ => "before", cancellationToken);
        var later = await GetSidesAsync(names, after, filter, _ => $"{name} (after)", cancellationToken);
        var pair = new SidePair(earlier[workflowId], later[workflowId]);
        pair.Levels = NamingLevels.From([pair], isFoundSplit is not null && await isFoundSplit ? VerdictRule.FoundSplitLevel : VerdictRule.NamingLevel);
        return new HistoryComparison
        {
            Before = pair.Baseline.Summary,
            After = pair.Other.Summary,
            Difference = pair.ToDifference(),
            TradeOffs = [.. ComparisonText.TradeOffs(pair)],
        };
    }

    /// <summary>
    /// As <see cref="CompareHistoryAsync"/>, but of the speed alone, which is a fraction of the work. All workflows are
    /// looked at together: the false discovery rate is that of one comparison.
    /// </summary>
    /// <param name="workflowIds">The workflows, each compared with itself.</param>
    /// <param name="before">The earlier period.</param>
    /// <param name="after">The later one.</param>
    /// <param name="filter">Which jobs; its workflow does not count.</param>
    public async Task<IReadOnlyList<SpeedChange>> CompareSpeedsAsync(
        IReadOnlyList<long> workflowIds, TimeRange before, TimeRange after, MetricFilter filter, CancellationToken cancellationToken)
    {
        long[] ids = [.. workflowIds];
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        List<(long Id, Effect Speed, MatchedDifference Matched)> found = [];
        var (jobsBefore, jobsAfter) = (await CountAsync(context, Among(ids, before, filter), cancellationToken), await CountAsync(context, Among(ids, after, filter), cancellationToken));
        foreach (var id in ids)
        {
            var (earlier, later) = (await SampleAsync(id, before, jobsBefore), await SampleAsync(id, after, jobsAfter));
            var speed = EffectEstimator.Estimate(earlier.LogTimePerFrame, later.LogTimePerFrame, EffectScale.Log);
            found.Add((id, speed, MatchedDifference.OfLogs(speed, earlier.LogTimePerFrame, later.LogTimePerFrame)));
        }

        bool IsEnough(long id) => Math.Min(jobsBefore.GetValueOrDefault(id), jobsAfter.GetValueOrDefault(id)) >= Evidence.FewestJobs;
        var level = FalseDiscovery.Level(found.Select(f => IsEnough(f.Id) ? VerdictRule.NamingP(f.Speed, EffectScale.Log) : 1), VerdictRule.NamingLevel);
        return
        [
            .. found.Select(f => new SpeedChange(
                f.Id,
                IsEnough(f.Id) ? VerdictRule.Speed(f.Speed, level) : Verdict.Inconclusive,
                f.Matched,
                jobsBefore.GetValueOrDefault(f.Id), jobsAfter.GetValueOrDefault(f.Id))),
        ];

        async Task<JobSample> SampleAsync(long id, TimeRange range, Dictionary<long, long> jobs) =>
            (await GetSamplesAsync(context, Among([id], range, filter), [id], [Math.Max(1, (jobs.GetValueOrDefault(id) + ScreenedJobs - 1) / ScreenedJobs)], cancellationToken))[id];
    }

    /// <summary>
    /// Which figures of a workflow surely changed between two periods, like for like and looked at together; none where
    /// either has fewer than <see cref="Evidence.FewestJobs"/> jobs.
    /// </summary>
    /// <param name="before">The earlier period.</param>
    /// <param name="after">The later one.</param>
    /// <param name="filter">Which jobs; its workflow does not count.</param>
    public async Task<SignificanceSigns> FindSignificanceAsync(long workflowId, TimeRange before, TimeRange after, MetricFilter filter, CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (earlier, later) = (await SampleAsync(before), await SampleAsync(after));
        if (Math.Min(earlier.JobCount * earlier.Step, later.JobCount * later.Step) < Evidence.FewestJobs)
            return SignificanceSigns.None;
        List<(Effect Effect, EffectScale Scale)> figures =
        [
            (EffectEstimator.Estimate(earlier.LogTimePerFrame, later.LogTimePerFrame, EffectScale.Log), EffectScale.Log),
            (EffectEstimator.Estimate(earlier.LogVram, later.LogVram, EffectScale.Log), EffectScale.Log),
        ];
        if (QualityEffect.Estimate(earlier, later).Scores.TryGetValue(QualityEffect.LeadingScore, out var likeness))
            figures.Add(likeness);
        var level = FalseDiscovery.Level(figures.Select(f => VerdictRule.NamingP(f.Effect, f.Scale)), VerdictRule.NamingLevel);
        int[] signs = [.. figures.Select(f => VerdictRule.Direction(f.Effect, f.Scale, level) ?? 0)];
        return new SignificanceSigns(signs[0], signs[1], signs.ElementAtOrDefault(2));

        async Task<JobSample> SampleAsync(TimeRange range)
        {
            var where = Among([workflowId], range, filter);
            var jobs = (await CountAsync(context, where, cancellationToken)).GetValueOrDefault(workflowId);
            return (await GetSamplesAsync(context, where, [workflowId], [Step(jobs, sides: 2)], cancellationToken))[workflowId];
        }
    }

    /// <summary>The jobs of these workflows; takes <c>@workflow_ids</c>.</summary>
    private static MetricCondition Among(long[] ids, TimeRange range, MetricFilter filter) =>
        new MetricCondition(range, filter with { WorkflowId = null }).AmongWorkflows(ids);

    /// <summary>How many jobs each workflow has that has any.</summary>
    private static async Task<Dictionary<long, long>> CountAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var source = await Partials.FindAsync(context, where, Dimensions.Workflow, cancellationToken, tables: RollupTable.Sums);
        return (await source.QueryAsync<JobsOf>(
                context, $"SELECT workflow_id, sum(jobs)::int8 AS jobs FROM {source.Sums("jobs")} AS p GROUP BY workflow_id", cancellationToken))
            .ToDictionary(row => row.WorkflowId, row => row.Jobs);
    }

    /// <summary>One job in how many is matched, where a side has so many.</summary>
    private static long Step(long jobs, int sides)
    {
        var perSide = SampledJobs / Math.Max(2, sides);
        return Math.Max(1, (jobs + perSide - 1) / perSide);
    }

    private async Task<Dictionary<long, Side>> GetSidesAsync(
        Dictionary<long, string> names, TimeRange range, MetricFilter filter, Func<long, string> called, CancellationToken cancellationToken)
    {
        long[] ids = [.. names.Keys];
        var where = Among(ids, range, filter);
        var counts = await AskAsync(context => CountAsync(context, where, cancellationToken));
        long[] steps = [.. ids.Select(id => Step(counts.GetValueOrDefault(id), ids.Length))];
        // At the same time: none of them keeps all cores busy.
        var (summing, sampling, staging) = (
            AskAsync(context => GetSummariesAsync(context, where, cancellationToken)),
            AskAsync(context => GetSamplesAsync(context, where, ids, steps, cancellationToken)),
            AskAsync(context => GetStagesAsync(context, where, ids, steps, cancellationToken)));
        await Task.WhenAll(summing, sampling, staging);
        var (summaries, samples, stages) = (await summing, await sampling, await staging);
        return ids.ToDictionary(id => id, id => new Side
        {
            Name = called(id),
            Summary = (summaries.GetValueOrDefault(id) ?? new ComparedSummary()) with
            {
                WorkflowId = id,
                WorkflowName = names[id],
            },
            Sample = samples[id],
            Stages = stages.GetValueOrDefault(id) ?? [],
        });

        async Task<T> AskAsync<T>(Func<PerfDashDbContext, Task<T>> question)
        {
            await using var context = await contexts.CreateDbContextAsync(cancellationToken);
            await using var snapshot = await context.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            return await question(context);
        }
    }

    private static async Task<Dictionary<long, ComparedSummary>> GetSummariesAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var groups = await SummaryGroups.QueryAsync(context, where, GroupKey.Workflow, cancellationToken);
        var costs = await GetCostsPerFrameAsync(context, where, cancellationToken);
        return groups.Keys.ToDictionary(id => id, id => new ComparedSummary(groups.Find(id)!) { CostPerFrame = costs.GetValueOrDefault(id) });
    }

    private static async Task<Dictionary<long, decimal?>> GetCostsPerFrameAsync(PerfDashDbContext context, MetricCondition where, CancellationToken cancellationToken)
    {
        var prices = await context.Workers.Where(w => w.GpuHourPrice != null).ToDictionaryAsync(w => w.Id, w => (double)w.GpuHourPrice!.Value, cancellationToken);
        return (await WorkerGpu.SumAsync(context, where, GroupKey.Workflow, cancellationToken)).Where(sum => prices.ContainsKey(sum.WorkerId)).GroupBy(sum => sum.Key).ToDictionary(
            workflow => workflow.Key,
            workflow => workflow.Sum(sum => sum.Frames) is > 0 and var frames
                ? SummaryGroups.Money(workflow.Sum(sum => sum.FramedGpuMs * prices[sum.WorkerId]) / 3_600_000 / frames)
                : null);
    }

    private static async Task<Dictionary<long, JobSample>> GetSamplesAsync(
        PerfDashDbContext context, MetricCondition where, long[] ids, long[] steps, CancellationToken cancellationToken)
    {
        var samples = ids.Zip(steps).ToDictionary(s => s.First, s => new JobSample { Step = s.Second });
        var rows = await where.QueryAsync<SampleRow>(
            context,
            SampleOf(where, ids, steps, $"""
            m.workflow_id, m.worker_id, m.tier_key AS resolution_tier, {EnumText.NumberSql<RunClass>("m.run_class")} AS run_class, {MetricSql.Time} AS time_per_frame_ms, m.vram_peak_mb::float8 AS vram_peak_mb,
                   m.likeness, m.face_confidence, m.motion_quality, m.boundary_ssim,
                   CASE WHEN m.has_other_scores THEN (
                       SELECT o.quality_scores_json::text FROM scored_metrics AS o WHERE o.job_id = m.job_id AND o.created_at = m.created_at AND o.created_at >= @from AND o.created_at < @to) END AS json
            """),
            cancellationToken);
        foreach (var row in rows)
            samples[row.WorkflowId].Add(row.Stratum, row.TimePerFrameMs, row.VramPeakMb, row.Scores());
        return samples;
    }

    /// <summary>SQL rows of an even sample of each workflow's jobs, one in so many.</summary>
    private static string SampleOf(MetricCondition where, long[] ids, long[] steps, string columns, string and = "true") => string.Join(
        "\nUNION ALL\n",
        ids.Zip(steps).Select(s => string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT {columns} FROM scored_metrics AS m WHERE {where.Sql} AND m.workflow_id = {s.First} AND {EvenSample.One(s.Second)} AND {and}")));

    private static async Task<Dictionary<long, Dictionary<Stratum, StageTimes>>> GetStagesAsync(
        PerfDashDbContext context, MetricCondition where, long[] ids, long[] steps, CancellationToken cancellationToken)
    {
        // Rows without a name are the cells: how many jobs report stages there, and their time per frame.
        var rows = await where.QueryAsync<StageRow>(
            context,
            $"""
            WITH chosen AS MATERIALIZED (
                {SampleOf(where, ids, steps, "m.job_id, m.created_at", $"{MetricSql.HasTime} AND m.frame_count > 0")}
            ), sampled AS MATERIALIZED (
                SELECT m.job_id, m.workflow_id, m.worker_id, m.tier_key AS resolution_tier, {EnumText.NumberSql<RunClass>("m.run_class")} AS run_class, m.time_per_frame_ms::float8 AS time_per_frame_ms, m.frame_count,
                       m.stage_times
                FROM chosen AS c JOIN scored_metrics AS m ON m.job_id = c.job_id AND m.created_at = c.created_at AND m.created_at >= @from AND m.created_at < @to
                WHERE jsonb_typeof(m.pipeline_stages_json) = 'array'
            )
            SELECT workflow_id, worker_id, resolution_tier, run_class, NULL::float8 AS name, min(job_id) AS job_id, count(*)::int4 AS jobs, sum(time_per_frame_ms) AS sum_ms
            FROM sampled GROUP BY 1, 2, 3, 4
            UNION ALL
            SELECT workflow_id, worker_id, resolution_tier, run_class, name, min(job_id), count(*)::int4, sum(ms / frame_count)
            FROM (
                SELECT job_id, workflow_id, worker_id, resolution_tier, run_class, frame_count, {StageQueries.Unfolded} FROM sampled
            ) AS stages GROUP BY 1, 2, 3, 4, 5
            """,
            cancellationToken);
        var names = await StageQueries.GetNamesAsync(context, where, rows.Where(row => row.Name is not null).Select(row => (row.Name!.Value, row.JobId)), cancellationToken);
        var cells = rows.ToLookup(row => (row.WorkflowId, row.Stratum));
        return cells.GroupBy(cell => cell.Key.WorkflowId).ToDictionary(
            workflow => workflow.Key,
            workflow => workflow.ToDictionary(
                cell => cell.Key.Item2,
                cell =>
                {
                    var whole = cell.Single(row => row.Name is null);
                    return new StageTimes(
                        whole.Jobs,
                        whole.SumMs / whole.Jobs,
                        cell.Where(row => row.Name is not null).GroupBy(row => names[row.Name!.Value], StringComparer.Ordinal)
                            .ToDictionary(stage => stage.Key, stage => stage.Sum(row => row.SumMs) / whole.Jobs, StringComparer.Ordinal));
                }));
    }

    private sealed record JobsOf(long WorkflowId, long Jobs);

    private sealed record SampleRow(
        long WorkflowId,
        long WorkerId,
        string? ResolutionTier,
        RunClass? RunClass,
        double? TimePerFrameMs,
        double? VramPeakMb,
        double? Likeness,
        double? FaceConfidence,
        double? MotionQuality,
        double? BoundarySsim,
        string? Json)
    {
        [NotMapped]
        public Stratum Stratum => new(ResolutionTier, WorkerId, RunClass);

        /// <summary>All scores, from the JSON where the columns do not hold them all.</summary>
        public IEnumerable<KeyValuePair<string, double>> Scores() => Json is not null
            ? ScoresJson.Read(Json)
            : KnownScores.Names.Zip((double?[])[Likeness, FaceConfidence, MotionQuality, BoundarySsim])
                .Where(score => score.Second is not null).Select(score => new KeyValuePair<string, double>(score.First, score.Second!.Value));
    }

    private sealed record StageRow(long WorkflowId, long WorkerId, string? ResolutionTier, RunClass? RunClass, double? Name, long JobId, int Jobs, double SumMs)
    {
        [NotMapped]
        public Stratum Stratum => new(ResolutionTier, WorkerId, RunClass);
    }
}

/// <summary>A workflow against itself at another time.</summary>
public sealed record HistoryComparison
{
    /// <summary>The plain figures before.</summary>
    public required ComparedSummary Before { get; init; }

    public required ComparedSummary After { get; init; }

    /// <summary>After against before.</summary>
    public required WorkflowDifference Difference { get; init; }

    /// <summary>Where speed, quality, VRAM and cost pull apart.</summary>
    public required IReadOnlyList<string> TradeOffs { get; init; }
}

/// <summary>Which way figures surely changed: +1 more, −1 less, 0 not surely.</summary>
/// <param name="Vram">VRAM peak.</param>
/// <param name="Likeness">The score <c>likeness</c>.</param>
public sealed record SignificanceSigns(int TimePerFrame, int Vram, int Likeness)
{
    /// <summary>Nothing is sure.</summary>
    public static SignificanceSigns None { get; } = new(0, 0, 0);
}

/// <summary>How the speed of a workflow changed.</summary>
/// <param name="WorkflowId">The workflow.</param>
/// <param name="Verdict">Whether it became faster.</param>
/// <param name="TimePerFrame">By how much, like for like.</param>
/// <param name="JobsBefore">Its jobs in the earlier period.</param>
/// <param name="JobsAfter">In the later one.</param>
public sealed record SpeedChange(long WorkflowId, Verdict Verdict, MatchedDifference TimePerFrame, long JobsBefore, long JobsAfter);
