using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Estimates;
using PerfDash.Core.Settings;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Estimates;

/// <summary>What a job will take: the question is in the address.</summary>
public sealed partial class EstimatePage(EstimateQueries estimates, WorkerEstimateQueries byWorker, FarmSettings farm, FilterQueries filters) : DashboardComponent
{
    // Tiers older than this are no choice.
    private static readonly TimeSpan TiersOf = TimeSpan.FromDays(90);

    private EstimateForm _form = new();
    private EstimateForm _typed = new();
    private bool _isChecked;
    private IReadOnlyList<Workflow> _workflows = [];
    private IReadOnlyList<Worker> _workers = [];
    private IReadOnlyList<string> _tiers = [];
    private bool _hasTiers;
    private bool _hasClasses;
    private bool _areNamesOld;
    private EstimateQuestion? _asked;
    private Estimate? _estimate;
    private IReadOnlyList<WorkerEstimate>? _byWorker;

    [SupplyParameterFromQuery(Name = "workflow")]
    public string? WorkflowWord { get; set; }

    /// <summary>Frames to make.</summary>
    [SupplyParameterFromQuery(Name = "frames")]
    public string? FramesWord { get; set; }

    /// <summary>The tier; not <c>resolution_tier</c>, which is the header's filter.</summary>
    [SupplyParameterFromQuery(Name = "tier")]
    public string? TierWord { get; set; }

    /// <summary>The class of run; not <c>run_class</c>, which is the header's filter.</summary>
    [SupplyParameterFromQuery(Name = "class")]
    public string? ClassWord { get; set; }

    [SupplyParameterFromQuery(Name = "worker")]
    public string? WorkerWord { get; set; }

    protected override bool IsLive => false;

    protected override object? Choice => _form;

    private string JobsHref => Workers.WorkerText.JobsOf(Query, _asked!.WorkerId, _asked.WorkflowId, _asked.ResolutionTier);

    private double LongestShown => (_byWorker ?? []).Select(w => w.Estimate.P90GpuTimeMs ?? 0).DefaultIfEmpty(0).Max();

    protected override Task OnParametersSetAsync()
    {
        var form = EstimateForm.Parse(WorkflowWord, FramesWord, TierWord, WorkerWord, ClassWord);
        if (form != _form)
            (_form, _typed, _isChecked) = (form, form, !form.IsBlank);
        return base.OnParametersSetAsync();
    }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var form = _form;
        var now = Time.GetUtcNow();
        if (_workflows.Count == 0 || _areNamesOld)
        {
            var (workflows, workers) = (farm.GetWorkflowsAsync(cancellationToken), farm.GetWorkersAsync(cancellationToken));
            await Task.WhenAll(workflows, workers);
            (_workflows, _workers, _areNamesOld) = (await workflows, await workers, false);
        }

        if (form.WorkflowId is not { } workflowId || form.FrameCount is not { } frames)
        {
            (_asked, _estimate, _byWorker) = (null, null, null);
            await LoadTiersAsync(now, cancellationToken);
            return;
        }

        var question = new EstimateQuestion(workflowId, frames, form.WorkerId, form.Tier, form.RunClass);
        var (estimate, unknown) = await estimates.EstimateAsync(question, cancellationToken);
        if (estimate is null)
        {
            (_asked, _estimate, _byWorker) = (null, null, null);
            throw new PageAddressException($"There is no {unknown} {(unknown == "worker" ? form.WorkerId : form.WorkflowId)}. Choose another.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        (_asked, _estimate, _byWorker) = (question, estimate, null);
        StateHasChanged();
        await LoadTiersAsync(now, cancellationToken);
        var all = await byWorker.GetAsync(question, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _byWorker = all;
    }

    protected override Task TakeSettingsAsync()
    {
        _areNamesOld = true;
        return base.TakeSettingsAsync();
    }

    // After what is asked: they are looked for among all jobs.
    private async Task LoadTiersAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_hasTiers)
            return;
        var choices = await filters.GetAsync(new TimeRange(now - TiersOf, now), cancellationToken);
        (_tiers, _hasClasses) = (choices.ResolutionTiers, choices.RunClasses.Count > 0);
        _hasTiers = true;
    }

    private void Type(EstimateForm form) => _typed = form;

    private void Ask()
    {
        _isChecked = true;
        if (_typed.WorkflowError is not null || _typed.FramesError is not null)
            return;
        Address.Set(new Dictionary<string, object?>
        {
            ["workflow"] = _typed.WorkflowId,
            ["frames"] = _typed.FrameCount,
            ["tier"] = _typed.Tier,
            ["worker"] = _typed.WorkerId,
            ["class"] = _typed.RunClass?.ToText(),
        });
    }

    // Not before the first try: an empty form is no mistake.
    private string? Shown(string? error) => _isChecked ? error : null;

    private string? Invalid(string? error) => Shown(error) is null ? null : "true";

    private string NameOf(long workflowId) => _workflows.FirstOrDefault(w => w.Id == workflowId)?.Name ?? $"Workflow {workflowId}";

    private static long? Id(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static string? Text(long? id) => id?.ToString(CultureInfo.InvariantCulture);

    private string LevelText(EstimateBasis level) => level switch
    {
        EstimateBasis.WorkflowTierWorker or EstimateBasis.WorkflowWorker => "own jobs",
        EstimateBasis.WorkflowTierSpeed => "other workers' jobs in this tier, scaled by speed",
        EstimateBasis.WorkflowTier => "other workers' jobs in this tier, not scaled",
        EstimateBasis.WorkflowSpeed => $"{OtherJobs}, scaled by speed",
        EstimateBasis.Workflow => $"{OtherJobs}, not scaled",
        _ => "no history",
    };

    // Where no tier was asked for, there is no other.
    private string OtherJobs => _asked?.ResolutionTier is null ? "other workers' jobs" : "jobs in other tiers";

    private string Csv() => TableCsv.Write(
        ["Worker", "Worker id", "GPU model", "Expected GPU time (ms)", "P10 (ms)", "P90 (ms)", "VRAM (MB)", "VRAM P95 (MB)", $"Cost ({UnitFormat.Currency})", "Jobs", "Basis"],
        _byWorker!.Select(w => (IReadOnlyList<object?>)
        [
            w.WorkerName, w.WorkerId, w.GpuModel, w.Estimate.ExpectedGpuTimeMs, w.Estimate.P10GpuTimeMs, w.Estimate.P90GpuTimeMs, w.Estimate.ExpectedVramPeakMb,
            w.Estimate.P95VramPeakMb, w.Estimate.ExpectedCost, w.Estimate.SampleSize, w.Estimate.Basis,
        ]));
}
