using Microsoft.AspNetCore.Components;
using PerfDash.Core;
using PerfDash.Core.Estimates;
using PerfDash.Core.Metrics;
using PerfDash.Web.Layout;

namespace PerfDash.Web.Features.Estimates;

/// <summary>The estimates of a workflow's jobs in the header's range, held against how the jobs went.</summary>
public sealed partial class BackTestSection(EstimateQueries estimates) : DashboardPage
{
    private BackTest? _test;
    private long _tested;

    /// <summary>The workflow.</summary>
    [Parameter, EditorRequired]
    public required long WorkflowId { get; set; }

    /// <summary>Its name.</summary>
    [Parameter, EditorRequired]
    public required string WorkflowName { get; set; }

    /// <inheritdoc />
    protected override object? Choice => WorkflowId;

    /// <inheritdoc />
    protected override bool IsLive => false;

    /// <inheritdoc />
    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (_tested != WorkflowId)
            (_test, _tested) = (null, WorkflowId);
        var mine = new MetricFilter(ProjectId: filter.ProjectId, WorkflowId: WorkflowId);
        var test = await SharedAsync(mine, c => estimates.BackTestAsync(range, mine, c), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _test = test;
    }
}
