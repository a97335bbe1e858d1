using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using PerfDash.Core.Comparison;
using PerfDash.Core.Comparison.Changes;
using PerfDash.Core.Workflows;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Comparison;

/// <summary>Workflows side by side, or one before and after.</summary>
public sealed partial class ComparePage(ComparePageData pageData, WorkflowChoiceQueries choices, ISnackbar snackbar, IJSRuntime js) : DashboardComponent
{
    private const string ParametersName = "parameters";
    private const string AllParameters = "all";

    private IReadOnlyDictionary<long, string> _names = new Dictionary<long, string>();
    private IReadOnlyList<SplitProposal> _proposals = [];
    private CompareData? _data;
    private CompareDetail? _detail;
    private IReadOnlyList<(string Group, SpanInput Chart)> _bars = [];
    private ChartInput? _times;
    private IReadOnlyList<SpanInput?> _waterfalls = [];
    private DateTimeOffset? _split;
    private TimeRange? _before;
    private TimeRange? _after;
    private (PageQuery Query, CompareChoice Choice)? _splitFor;

    /// <summary><c>history</c> for before and after.</summary>
    [SupplyParameterFromQuery(Name = "mode")]
    public string? Mode { get; set; }

    /// <summary>Ids of the workflows side by side, the baseline first.</summary>
    [SupplyParameterFromQuery(Name = "workflows")]
    public string? WorkflowIds { get; set; }

    /// <summary>Id of the workflow before and after.</summary>
    [SupplyParameterFromQuery(Name = "workflow")]
    public string? WorkflowId { get; set; }

    /// <summary>Where before ends and after begins.</summary>
    [SupplyParameterFromQuery(Name = "split")]
    public string? Split { get; set; }

    /// <summary>Start of an own period before.</summary>
    [SupplyParameterFromQuery(Name = "before_from")]
    public string? BeforeFrom { get; set; }

    [SupplyParameterFromQuery(Name = "before_to")]
    public string? BeforeTo { get; set; }

    /// <summary>Start of an own period after.</summary>
    [SupplyParameterFromQuery(Name = "after_from")]
    public string? AfterFrom { get; set; }

    [SupplyParameterFromQuery(Name = "after_to")]
    public string? AfterTo { get; set; }

    /// <summary><c>all</c> shows equal parameters too.</summary>
    [SupplyParameterFromQuery(Name = ParametersName)]
    public string? Parameters { get; set; }

    protected override object? Choice => Asked;

    private CompareChoice Asked => new(Mode, WorkflowIds, WorkflowId, Split, BeforeFrom, BeforeTo, AfterFrom, AfterTo);

    private bool ShowsAllParameters => Parameters == AllParameters;

    private CompareAddress? Choices
    {
        get
        {
            try
            {
                return ReadAddress();
            }
            catch (PageAddressException)
            {
                // The load has said so; the choices start anew.
                return null;
            }
        }
    }

    private bool IsHistory => Choices?.IsHistory ?? Mode == CompareAddress.HistoryMode;

    private IReadOnlyList<long> Chosen => Choices?.WorkflowIds ?? [];

    private bool IsComplete => Chosen.Count >= (IsHistory ? 1 : 2);

    private string? Note => _data is null || Loader.LoadedText is not { } at ? null
        : $"{UnitFormat.Counted(_data.Sides.Sum(s => s.Summary.JobCount), "job")} · updated {at}";

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        // What was compared before is not what the address says now: better nothing than something else.
        if (_splitFor is { } before && before != (Query, Asked))
            (_data, _detail, _proposals, _split, _before, _after, _splitFor) = (null, null, before.Choice.WorkflowId == WorkflowId ? _proposals : [], null, null, null, null);

        var address = ReadAddress();
        _names = await choices.NamesAsync(address.WorkflowIds, cancellationToken);
        if (address.WorkflowIds.FirstOrDefault(id => !_names.ContainsKey(id)) is var unknown && address.WorkflowIds.Any(id => id == unknown && !_names.ContainsKey(id)))
            throw new PageAddressException($"There is no workflow {unknown}. Remove it, or choose another.");
        if (address.WorkflowIds.Count < (address.IsHistory ? 1 : 2))
        {
            (_data, _detail) = (null, null);
            return;
        }

        var chosen = (Query, Asked);
        var request = new CompareRequest([.. address.WorkflowIds.Select(id => new WorkflowName(id, _names[id]))]);
        var data = address.IsHistory
            ? await LoadHistoryAsync(address, range, filter, cancellationToken)
            : await Loader.SharedAsync(request, pageData.LoadAsync, filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (_data is null)
        {
            Show(data, chosen);
            StateHasChanged();
        }

        var detail = address.IsHistory
            ? await pageData.LoadDetailAsync(data, filter, cancellationToken)
            : await Loader.SharedAsync((pageData, data), static (r, _, filter, c) => r.pageData.LoadDetailAsync(r.data, filter, c), filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        Show(data, chosen);
        (_detail, _times) = (detail, CompareCharts.Times(data, detail.Times));
    }

    private void Show(CompareData data, (PageQuery Query, CompareChoice Choice) chosen)
    {
        _bars = [.. new[] { CompareRows.Speed, CompareRows.Quality, CompareRows.Resources }.Select(group => (group, CompareCharts.Bars(data, group)))];
        _waterfalls = [.. data.Differences.Select((d, i) => StagesOf(d) is { } stages ? CompareCharts.Waterfall(stages, data.Sides[0].Name, data.Sides[i + 1].Name, d.SpeedVerdict is Verdict.Faster or Verdict.Slower) : null)];
        (_data, _splitFor) = (data, chosen);
    }

    private async Task<CompareData> LoadHistoryAsync(CompareAddress address, TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var id = address.WorkflowIds[0];
        var periods = address.ReadPeriods(range, Time);
        // A split the page found itself stays where it is while jobs go on completing.
        if (periods is null && _split is { } known && known > range.From && known < range.To)
            periods = (new TimeRange(range.From, known), new TimeRange(known, range.To));
        var proposing = _splitFor is null ? pageData.ProposeAsync(id, range, filter, cancellationToken) : Task.FromResult(_proposals);
        if (periods is null)
        {
            var at = ComparePageData.DefaultSplit(await proposing, range);
            periods = (new TimeRange(range.From, at), new TimeRange(at, range.To));
        }

        var (before, after) = periods.Value;
        var comparing = pageData.LoadHistoryAsync(id, _names[id], before, after, filter, cancellationToken, IsFoundAsync(proposing, before, after));
        await Task.WhenAll(proposing, comparing);
        (_proposals, _before, _after) = (await proposing, before, after);
        _split = before.To == after.From ? after.From : null;
        return await comparing;
    }

    // A moment that was proposed because figures changed there was chosen by what is compared; one of a parameter was not.
    private static async Task<bool> IsFoundAsync(Task<IReadOnlyList<SplitProposal>> proposing, TimeRange before, TimeRange after)
    {
        var here = (await proposing).Where(p => before.To == after.From && Math.Abs((p.At - after.From.UtcDateTime).TotalSeconds) < 1).ToArray();
        return here.Length > 0 && here.All(p => !p.IsSetting);
    }

    private CompareAddress ReadAddress() => CompareAddress.Read(Mode, WorkflowIds, WorkflowId, Split, new HistoryQuery
    {
        BeforeFrom = Empty(BeforeFrom),
        BeforeTo = Empty(BeforeTo),
        AfterFrom = Empty(AfterFrom),
        AfterTo = Empty(AfterTo),
    });

    private static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private void ChooseMode(bool history)
    {
        var ids = Chosen;
        Go(history ? CompareAddress.HistoryMode : null, history ? ids.Take(1) : ids);
    }

    private void Choose(IReadOnlyList<long> ids) => Go(IsHistory ? CompareAddress.HistoryMode : null, ids);

    private void Go(string? mode, IEnumerable<long> ids)
    {
        var list = string.Join(',', ids);
        Address.Set(new Dictionary<string, object?>
        {
            ["mode"] = mode,
            ["workflows"] = mode is null && list.Length > 0 ? list : null,
            ["workflow"] = mode is not null && list.Length > 0 ? list : null,
            ["split"] = null,
            ["before_from"] = null,
            ["before_to"] = null,
            ["after_from"] = null,
            ["after_to"] = null,
        });
    }

    private void SplitAt(string moment) => Address.Set(new Dictionary<string, object?>
    {
        ["split"] = moment,
        ["before_from"] = null,
        ["before_to"] = null,
        ["after_from"] = null,
        ["after_to"] = null,
    });

    private void ChoosePeriods(CustomPeriods periods) => Address.Set(new Dictionary<string, object?>
    {
        ["split"] = null,
        ["before_from"] = periods.BeforeFrom,
        ["before_to"] = periods.BeforeTo,
        ["after_from"] = periods.AfterFrom,
        ["after_to"] = periods.AfterTo,
    });

    /// <summary>Copies an address that shows the same later too: with the range and the split as they are now.</summary>
    private async Task CopyLinkAsync()
    {
        if (Loader.LoadedRange is not { } range)
            return;
        var address = Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["from"] = PerfDashUrls.Moment(range.From),
            ["to"] = PerfDashUrls.Moment(range.To),
            ["split"] = IsHistory && BeforeFrom is null && AfterFrom is null && _split is { } split ? PerfDashUrls.Moment(split) : Split,
        });
        bool copied;
        try
        {
            await using var module = await js.InvokeAsync<IJSObjectReference>("import", "./js/copy-text.js");
            copied = await module.InvokeAsync<bool>("copyText", address);
        }
        catch (JSDisconnectedException)
        {
            // The browser has gone.
            return;
        }

        snackbar.Add(copied ? "Link copied. It keeps this time range." : "The browser blocked copying. Copy the address from the address bar.", copied ? Severity.Info : Severity.Warning);
    }

    // The score that images are shown beside: one that all sides have.
    private static string? ScoreOf(CompareData data) => data.Sides[0].Summary.Quality.Keys
        .Where(name => data.Sides.All(s => s.Summary.Quality.ContainsKey(name)))
        .OrderBy(name => name == QualityEffect.LeadingScore ? 0 : 1).ThenBy(name => name, StringComparer.Ordinal).FirstOrDefault();

    private static string BarsNote(string group, string baseline) => $"Percent of {baseline}. " + group switch
    {
        CompareRows.Speed => "Less time is better.",
        CompareRows.Quality => "Higher scores are better.",
        _ => "Less is better.",
    } + " Lines are 95 % intervals, like for like.";

    private static string StageNote(WorkflowDifference difference, string baseline) => StagesOf(difference) is { } stages
        ? $"Change in mean time per frame against {baseline}, {Signed(stages.ChangeMs)}, by pipeline stage for comparable jobs: n = {UnitFormat.Count(stages.BaselineJobs)} and {UnitFormat.Count(stages.OtherJobs)}. The stages add up to the total."
        : $"Against {baseline}";

    // Scaled to the adjusted averages, so that the page has one size for the change.
    private static StageAttribution? StagesOf(WorkflowDifference difference) =>
        difference.LikeForLike.TimePerFrame is { MatchedBaseline: { } baseline, MatchedOther: { } other } ? difference.StageAttribution?.ScaledTo(baseline, other) : difference.StageAttribution;

    private static string Signed(double ms) => (ms > 0 ? "+" : "") + UnitFormat.MsPerFrame(ms);
}

/// <summary>What of the address decides which figures are loaded.</summary>
internal sealed record CompareChoice(
    string? Mode, string? Workflows, string? WorkflowId, string? Split, string? BeforeFrom, string? BeforeTo, string? AfterFrom, string? AfterTo);
