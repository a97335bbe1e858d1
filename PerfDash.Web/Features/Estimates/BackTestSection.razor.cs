using Microsoft.AspNetCore.Components;
using PerfDash.Core.Estimates;

namespace PerfDash.Web.Features.Estimates;

/// <summary>The estimates of a workflow's latest jobs compared with how the jobs went, as computed once a day.</summary>
public sealed partial class BackTestSection(BackTestQueries backTests) : DashboardComponent
{
    private StoredBackTest? _stored;
    private bool _isLoaded;
    private long _loaded;

    [Parameter, EditorRequired]
    public required long WorkflowId { get; set; }

    [Parameter, EditorRequired]
    public required string WorkflowName { get; set; }

    protected override bool IsLive => false;

    protected override object? Choice => WorkflowId;

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (_loaded != WorkflowId)
            (_isLoaded, _loaded) = (false, WorkflowId);
        var stored = await backTests.GetAsync(WorkflowId, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_stored, _isLoaded) = (stored, true);
    }
}
