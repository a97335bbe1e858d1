using Microsoft.AspNetCore.Components;
using PerfDash.Core.Jobs;
using PerfDash.Core.Workflows;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Jobs;

/// <summary>One job: its figures beside those of the typical job, its stages, and all that was reported.</summary>
public sealed partial class JobDetailPage(JobDetailPageData pageData) : DashboardComponent
{
    private JobDetailContent? _content;
    private long _shownId;
    private bool _isUnknown;

    [Parameter]
    public long Id { get; set; }

    protected override object? Choice => Id;

    /// <summary>Until there are figures, which never change.</summary>
    protected override bool IsLive => _content is { Metric: null };

    private string TypicalCaption => _content?.Typical is { } typical
        ? typical.Figures.JobCount < Evidence.FewestJobs ? TooFew(typical.Figures.JobCount)
        : $"Typical: median of {UnitFormat.Counted(typical.Figures.JobCount, "job")} of the same workflow and {Tier} in the {TypicalJobQueries.Memory.TotalDays:0} days before this job"
        : "";

    private string StagesCaption => _content?.Typical is { Figures.JobCount: >= Evidence.FewestJobs } ? $"In execution order. {TypicalCaption}{FramesNote}" : "In execution order";

    // More frames take longer: that is no fault of a stage.
    private string FramesNote => _content is { Metric.FrameCount: { } frames, Typical.Figures.FrameCount: { } usual } && frames != usual
        ? $". This job has {UnitFormat.Counted(frames, "frame")}, a typical job {UnitFormat.Number(usual)}"
        : "";

    private string Tier => _content?.Metric?.ResolutionTier is { } tier ? $"tier {tier}" : "no tier";

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (_shownId != Id)
            (_shownId, _isUnknown, _content) = (Id, false, null);
        var content = await pageData.LoadAsync(Id, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_content, _isUnknown) = (content, content is null);
    }

    private static string NoFigures(JobRecord record) => record switch
    {
        { Status: JobStatus.Pending } => "Waiting to start. Metrics appear when the job completes.",
        { Status: JobStatus.Running } => "Running. Metrics appear when the job completes.",
        { Status: JobStatus.Failed } => $"Failed{(record.Error is null ? " without an error message." : $": {record.Error}")}",
        { Status: JobStatus.Cancelled } => $"Cancelled{(record.Error is null ? "." : $": {record.Error}")}",
        { IsRecorded: true } => "The retention policy has removed this job's metrics.",
        _ => "Completed. Its metrics are being recorded.",
    };

    private static string TooFew(long jobs) => jobs == 0
        ? "No earlier jobs to compare with"
        : $"Too few earlier jobs to compare with: {UnitFormat.Count(jobs)} of at least {Evidence.FewestJobs}";

    private string? TypicalNote(JobFigure figure) => figure.Typical is null
        ? TooFew(_content?.Typical?.Figures.JobCount is < Evidence.FewestJobs and { } jobs ? jobs : 0) is var text ? char.ToLowerInvariant(text[0]) + text[1..] : null
        : $"typical {UnitFormat.Format(figure.Typical, figure.Unit)}{(figure.Change.Percent is { } percent ? $" · {UnitFormat.PercentChange(percent)}" : "")}";

    private string? JobHref(long? id) => id is { } job ? PerfDashUrls.Job(job) + Query.QueryString : null;
}
