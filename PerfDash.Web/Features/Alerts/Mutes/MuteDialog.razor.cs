using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Alerts.WindowRules;
using PerfDash.Data.Entities;

namespace PerfDash.Web.Features.Alerts.Mutes;

/// <summary>Withholds the notifications of a rule or scope for a while.</summary>
public sealed partial class MuteDialog(ThresholdService thresholds, WindowRuleService windowRules, MuteService mutes, SignedIn signedIn, TimeProvider time)
{
    private static readonly (int Hours, string Text)[] Durations = [(1, "1 hour"), (4, "4 hours"), (24, "1 day"), (168, "1 week"), (720, "30 days")];

    private MuteTarget? _target;
    private int _hours = 4;
    private string? _comment;
    private string? _message;
    private AlertScope? _scopeType = AlertScope.Global;
    private long? _scopeId;
    private IReadOnlyDictionary<string, string[]> _errors = new Dictionary<string, string[]>();

    /// <summary>What can be muted; with none of them any scope can be chosen.</summary>
    [Parameter]
    public IReadOnlyList<MuteTarget> Targets { get; set; } = [];

    /// <summary>The scopes to choose from where there are no targets.</summary>
    [Parameter]
    public RuleChoices Choices { get; set; } = RuleChoices.None;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    protected override void OnInitialized() => _target = Targets is [var first, ..] ? first : null;

    private void SetScope((AlertScope? Type, long? Id) scope) => (_scopeType, _scopeId) = scope;

    private async Task MuteAsync()
    {
        try
        {
            var until = time.GetUtcNow().UtcDateTime.AddHours(_hours);
            var (status, errors) = await StoreAsync(until, await signedIn.ActorAsync());
            (_errors, _message) = (errors, status switch
            {
                EditStatus.Done => null,
                EditStatus.Unknown => "This item has been deleted.",
                EditStatus.Conflict => "Someone else has just changed this. Try again.",
                _ => string.Join(" ", errors.Values.SelectMany(m => m).Select(AlertWords.ForPeople)),
            });
            if (status == EditStatus.Done)
                Dialog.Close(DialogResult.Ok($"Muted until {UnitFormat.Moment(until)} UTC."));
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            _message = $"{PageFailure.Describe(e)} Nothing was changed.";
        }
    }

    private async Task<(EditStatus Status, IReadOnlyDictionary<string, string[]> Errors)> StoreAsync(DateTime until, Actor actor)
    {
        switch (_target)
        {
            case { Kind: MuteKind.Threshold, Id: { } id }:
                if (await thresholds.GetAsync(id, CancellationToken.None) is not { } threshold)
                    return (EditStatus.Unknown, _errors);
                var muted = await thresholds.UpdateAsync(id, ThresholdInput.From(threshold) with { MutedUntil = until }, threshold.UpdatedAt, actor, CancellationToken.None);
                return (muted.Status, muted.Errors);
            case { Kind: MuteKind.WindowRule, Id: { } id }:
                if (await windowRules.GetAsync(id, CancellationToken.None) is not { } rule)
                    return (EditStatus.Unknown, _errors);
                var still = await windowRules.UpdateAsync(id, WindowRuleInput.From(rule) with { MutedUntil = until }, rule.UpdatedAt, actor, CancellationToken.None);
                return (still.Status, still.Errors);
            default:
                var made = await mutes.CreateAsync(
                    new MuteInput(_target is null ? _scopeType : _target.ScopeType, _target is null ? _scopeId : _target.Id, until, string.IsNullOrWhiteSpace(_comment) ? null : _comment),
                    actor,
                    CancellationToken.None);
                return (made.Status, made.Errors);
        }
    }
}
