using System.Globalization;
using Microsoft.AspNetCore.Components;
using PerfDash.Core.Quality;
using PerfDash.Core.Workflows;
using PerfDash.Web.Api;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Quality;

/// <summary>Scores: how they spread, how they move, and what they depend on.</summary>
public sealed partial class QualityPage(QualityQueries quality, WorkflowChoiceQueries choices) : DashboardComponent
{
    private const int MostWorkflows = 12;
    private const string UsualScore = "likeness";

    private IReadOnlyList<ScoreByWorkflow>? _scores;
    private TimeRange _range;
    private IReadOnlyList<WorkflowScore> _shown = [];
    private IReadOnlyDictionary<long, string> _names = new Dictionary<long, string>();
    private ChartInput? _overlay;

    [SupplyParameterFromQuery(Name = "score")]
    public string? ScoreName { get; set; }

    /// <summary>Ids of the workflows shown; those with most jobs where absent.</summary>
    [SupplyParameterFromQuery(Name = "workflows")]
    public string? WorkflowIds { get; set; }

    /// <summary><c>overlay</c> lays the histograms over each other.</summary>
    [SupplyParameterFromQuery(Name = "view")]
    public string? View { get; set; }

    /// <summary>Width of a bucket of the trends.</summary>
    [SupplyParameterFromQuery(Name = "bucket")]
    public string? BucketWord { get; set; }

    /// <summary><c>workflows</c> draws a trend for each workflow shown.</summary>
    [SupplyParameterFromQuery(Name = "trend")]
    public string? Trend { get; set; }

    /// <summary>The parameter compared with the score.</summary>
    [SupplyParameterFromQuery(Name = "parameter")]
    public string? ParameterName { get; set; }

    /// <summary>The workflow whose jobs are related; all where absent.</summary>
    [SupplyParameterFromQuery(Name = "workflow_id")]
    public string? RelationWorkflowId { get; set; }

    /// <summary>The chosen rectangle of the scatter chart.</summary>
    [SupplyParameterFromQuery(Name = "area")]
    public string? Area { get; set; }

    /// <summary>The axes of the parallel coordinates.</summary>
    [SupplyParameterFromQuery(Name = "axes")]
    public string? Axes { get; set; }

    /// <summary>The chosen stretches of those axes.</summary>
    [SupplyParameterFromQuery(Name = "ranges")]
    public string? Ranges { get; set; }

    protected override object? Choice => (ScoreName, WorkflowIds);

    private bool IsOverlay => View == "overlay";

    private string? Score => ScoreName ?? DefaultScore;

    private string? DefaultScore => _scores is null or { Count: 0 } ? null
        : _scores.Any(s => s.Name == UsualScore) ? UsualScore : _scores.MaxBy(s => s.Count)!.Name;

    private long? RelationWorkflow => long.TryParse(RelationWorkflowId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private IReadOnlyList<long> ChosenIds => [.. (IdList.Read(WorkflowIds, "workflows", []) ?? []).Take(MostWorkflows)];

    private string? Note => Loader.LoadedText is { } at && _scores is not null
        ? $"{TopList.Note(_scores, "jobs") ?? UnitFormat.Counted(_scores.Count, "score")} · updated {at}" : null;

    private string DistributionTitle => Score is null ? "Distribution" : $"{DisplayName.From(Score)} distribution";

    private string? DistributionNote
    {
        get
        {
            if (_scores?.FirstOrDefault(s => s.Name == Score) is not { } score)
                return null;
            var which = ChosenIds.Count > 0 ? $"{_shown.Count} of {score.Workflows.Count} workflows selected"
                : _shown.Count < score.Workflows.Count ? $"Top {_shown.Count} of {score.Workflows.Count} workflows by jobs"
                : UnitFormat.Counted(score.Workflows.Count, "workflow");
            return $"{which}; share of each workflow's jobs per bin; n = {UnitFormat.Counted(_shown.Sum(w => w.Count), "job")}";
        }
    }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var chosen = ChosenIds;
        var named = await choices.NamesAsync(chosen, cancellationToken);
        var scores = await Loader.SharedAsync(quality.GetAsync, filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_scores, _range) = (scores, range);
        var having = scores.FirstOrDefault(s => s.Name == Score)?.Workflows ?? [];
        _shown = chosen.Count > 0
            ? [.. chosen.Select(id => having.FirstOrDefault(w => w.WorkflowId == id)).OfType<WorkflowScore>()]
            : [.. having.OrderByDescending(w => w.Count).ThenBy(w => w.WorkflowId).Take(MostWorkflows)];
        var names = _shown.ToDictionary(w => w.WorkflowId, w => w.WorkflowName);
        foreach (var (id, name) in named)
            names[id] = name;
        _names = names;
        _overlay = QualityCharts.Overlay(_shown);
    }

    private void Set(string name, string? value) => Address.Set(name, value);
}

/// <summary>A part of the address to be changed.</summary>
/// <param name="Name">The query parameter.</param>
/// <param name="Value">Its value; null takes it away.</param>
public sealed record AddressChange(string Name, string? Value);
