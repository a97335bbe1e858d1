using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Workers;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Workers;

/// <summary><c>/performance/worker/{id}</c> and <c>/performance/workers/comparison</c>.</summary>
internal static class WorkerEndpoints
{
    public static void MapWorkers(this IEndpointRouteBuilder api)
    {
        api.MapGet("/worker/{id}", GetAsync).WithName("GetWorker").WithSummary("Get a worker's metrics, utilization and relative speed")
            .WithDescription("Returns a summary of the worker's jobs in the range, its utilization, and its speed relative to other workers on shared job types.")
            .WithCsv("job_types", (WorkerDetail a) => a.JobTypes);
        api.MapGet("/workers/comparison", CompareAsync).WithName("CompareWorkers").WithSummary("Compare workers by speed on shared job types")
            .WithDescription("Returns all workers with jobs in the range, or the given ones, ranked by relative speed on the job types (workflow and resolution tier) they share. Use min_jobs to leave workers with few jobs without a rank.")
            .WithCsv("workers", (WorkerComparison a) => a.Workers)
            .WithCsv("job_types", (WorkerComparison a) => a.JobTypes.SelectMany(type => type.Workers.Select(worker => MergedRow.Create(type, worker))));
    }

    private static async Task<Results<Ok<WorkerDetail>, ValidationProblem, ProblemHttpResult>> GetAsync(
        string id, [AsParameters] ApiQuery query, WorkerQueries workers, TimeProvider time, CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        return long.TryParse(id, CultureInfo.InvariantCulture, out var workerId)
            && await workers.GetAsync(workerId, range, filter, cancellationToken) is { } detail
                ? TypedResults.Ok(detail)
                : ApiResponses.Unknown($"worker {id}");
    }

    private static async Task<Results<Ok<WorkerComparison>, ValidationProblem, ProblemHttpResult>> CompareAsync(
        [AsParameters] ApiQuery query,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "workers")] string? ids,
        [Microsoft.AspNetCore.Mvc.FromQuery(Name = "min_jobs")] string? minJobs,
        WorkerQueries workers,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (range, filter) = query.Read(time, out var errors);
        var chosen = IdList.Read(ids, "workers", errors) ?? (filter.WorkerId is { } only ? [only] : null);
        var fewest = RankingQuery.MinJobs(minJobs, errors);
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);
        var (comparison, unknown) = await workers.CompareAsync(range, filter, chosen, cancellationToken);
        return comparison is null ? ApiResponses.Unknown($"worker {unknown}") : TypedResults.Ok(Ranked(comparison, fewest));
    }

    /// <summary>Ranks anew those whose speed is based on enough jobs; the others come last, without a rank.</summary>
    private static WorkerComparison Ranked(WorkerComparison comparison, int minJobs)
    {
        if (minJobs <= 1)
            return comparison;
        double?[] speeds = [.. comparison.Workers.Where(IsRanked).Select(w => w.RelativeSpeed)];
        return comparison with
        {
            Workers =
            [
                .. comparison.Workers.Select(w => w with { Rank = IsRanked(w) ? RelativeSpeed.Rank(w.RelativeSpeed, speeds) : null })
                    .OrderBy(w => w.Rank ?? int.MaxValue).ThenBy(w => w.WorkerId),
            ],
        };

        bool IsRanked(ComparedWorker worker) => worker.RelativeSpeedInterval?.JobCount >= minJobs;
    }
}
