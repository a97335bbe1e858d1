using PerfDash.Core.Jobs;
using PerfDash.Core.Workflows;

namespace PerfDash.Web.Features.Jobs;

/// <summary>Asks for everything the page of one job shows.</summary>
public sealed class JobDetailPageData(JobRecordQueries records, JobQueries jobs, TypicalJobQueries typical, Core.Sources.JobOutputs outputs)
{
    /// <summary>The job; null when there is none of that id.</summary>
    public async Task<JobDetailContent?> LoadAsync(long jobId, CancellationToken cancellationToken)
    {
        if (await records.GetAsync(jobId, cancellationToken) is not { } record)
            return null;
        if (await jobs.GetAsync(jobId, cancellationToken) is not { } metric)
            return new JobDetailContent(record, null, null, null, null, []);
        var completed = new DateTimeOffset(metric.CreatedAt, TimeSpan.Zero);
        var stratum = typical.GetStratumAsync(metric.WorkflowId, metric.ResolutionTier, metric.RunClass, jobId, completed, cancellationToken);
        var neighbours = records.GetNeighboursAsync(metric.WorkflowId, jobId, completed, cancellationToken);
        var files = outputs.ListAsync(jobId, cancellationToken);
        await Task.WhenAll(stratum, neighbours, files);
        var (previous, next) = await neighbours;
        return new JobDetailContent(record, metric, await stratum, previous, next, await files);
    }
}

/// <summary>One job.</summary>
/// <param name="Record">What the host's table says.</param>
/// <param name="Metric">Its figures; null where none were recorded.</param>
/// <param name="Typical">The typical job of its stratum; null without figures.</param>
/// <param name="PreviousId">The workflow's job that completed before it.</param>
/// <param name="NextId">The workflow's job that completed after it.</param>
/// <param name="Outputs">Files that it made on a source; empty without any.</param>
public sealed record JobDetailContent(
    JobRecord Record, JobDetail? Metric, TypicalJob? Typical, long? PreviousId, long? NextId, IReadOnlyList<Core.Sources.JobOutput> Outputs);
