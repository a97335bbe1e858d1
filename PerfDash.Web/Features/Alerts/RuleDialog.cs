using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Alerts;
using PerfDash.Data.Entities;
using PerfDash.Web.Features.Alerts.Thresholds;

namespace PerfDash.Web.Features.Alerts;

/// <summary>
/// Makes or changes a rule. What is wrong is said under a field as soon as it was left; who saves what somebody else has
/// changed meanwhile may show their changes or overwrite them.
/// </summary>
public abstract class RuleDialog<TRule, TItem, TInput> : ComponentBase, IDisposable
    where TRule : class, IAlertRule
    where TItem : class, IRuleItem, IEquatable<TItem>
    where TInput : class, IRuleInput, IEquatable<TInput>
{
    protected const string Warning = "warning_threshold";

    protected const string Critical = "critical_threshold";

    protected const string NoteField = "note";

    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<string> _touched = [];
    private Dictionary<string, string[]> _errors = [];
    private Dictionary<string, string> _parseErrors = [];
    private DateTime? _updatedAt;
    private bool _isChecked;
    private bool _isSubmitted;

    /// <summary>The rule to change; null: a new one.</summary>
    [Parameter]
    public TItem? Rule { get; set; }

    [CascadingParameter]
    protected IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>Who edits.</summary>
    [Inject]
    protected SignedIn SignedIn { get; set; } = null!;

    [Inject]
    private RuleChoiceQueries Queries { get; set; } = null!;

    /// <summary>Workflows, workers and scores to choose from.</summary>
    protected RuleChoices Choices { get; private set; } = RuleChoices.None;

    protected string? Metric { get; set; } = "time_per_frame_ms";

    /// <summary>Which jobs.</summary>
    protected AlertScope? ScopeType { get; set; } = AlertScope.Global;

    protected long? ScopeId { get; set; }

    /// <summary>Which side of the limits is bad.</summary>
    protected AlertDirection? Direction { get; set; } = AlertDirection.Above;

    /// <summary>The warning limit as typed.</summary>
    protected string? WarningText { get; set; }

    /// <summary>The critical limit as typed.</summary>
    protected string? CriticalText { get; set; }

    protected string? Note { get; set; }

    /// <summary>False: kept, but not evaluated.</summary>
    protected bool IsEnabled { get; set; } = true;

    /// <summary>Until then nothing is sent, UTC.</summary>
    protected DateTime? MutedUntil { get; set; }

    /// <summary>What a suggestion is based on, or why there is none.</summary>
    protected string? Suggestion { get; set; }

    protected bool IsBusy { get; private set; }

    /// <summary>Why it was not saved.</summary>
    protected string? Message { get; private set; }

    /// <summary>The rule as somebody else has changed it.</summary>
    protected TItem? Theirs { get; private set; }

    /// <summary>True when what was entered could be saved.</summary>
    protected bool IsValid => _errors.Count == 0 && _parseErrors.Count == 0 && _isChecked;

    protected CancellationToken Closing => _closing.Token;

    /// <summary>The note as it is stored.</summary>
    protected string? NoteOrNull => string.IsNullOrWhiteSpace(Note) ? null : Note;

    protected abstract RuleService<TRule, TItem, TInput> Rules { get; }

    /// <summary>What the fields say.</summary>
    protected abstract TInput Input { get; }

    /// <summary>What the limits measure: decides their unit.</summary>
    protected abstract string? Measured { get; }

    /// <summary>What it is called, said after "this", and when it was created or saved.</summary>
    protected abstract (string Noun, string Created, string Saved) Words { get; }

    /// <summary>The limits as typed, by field.</summary>
    protected virtual IEnumerable<(string Field, string? Text)> Limits => [(Warning, WarningText), (Critical, CriticalText)];

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        _closing.Cancel();
        _closing.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        _updatedAt = Rule?.UpdatedAt;
        if (StartInput() is { } start)
            Fill(start);
        await TryAsync(async () => Choices = await Queries.GetAsync(Closing));
        await CheckAsync();
    }

    /// <summary>What the fields hold at first; null: the defaults of a new rule.</summary>
    protected virtual TInput? StartInput() => Rule is null ? null : ToInput(Rule);

    /// <summary>A stored rule as input.</summary>
    protected abstract TInput ToInput(TItem item);

    /// <summary>Takes an input into the fields.</summary>
    protected abstract void Fill(TInput input);

    protected abstract string LimitsOf(TItem item);

    /// <summary>What is wrong with a field; null while it was not left, or is right.</summary>
    protected string? ErrorOf(string field)
    {
        if (!_isSubmitted && !_touched.Contains(field))
            return null;
        if (_parseErrors.TryGetValue(field, out var unreadable))
            return unreadable;
        return _errors.TryGetValue(field, out var messages) ? messages[0] : null;
    }

    /// <summary>Changes a field and checks the whole.</summary>
    protected Task SetAsync(Action set, string field)
    {
        set();
        _touched.Add(field);
        return CheckAsync();
    }

    /// <summary>Takes suggested limits, rounded where that leaves them apart.</summary>
    protected Task SuggestLimitsAsync(float warning, float critical, string suggestion)
    {
        (WarningText, CriticalText) = (AlertUnits.FieldText(LimitText.Rounded(warning), Measured), AlertUnits.FieldText(LimitText.Rounded(critical), Measured));
        if (WarningText == CriticalText)
            (WarningText, CriticalText) = (AlertUnits.FieldText(warning, Measured), AlertUnits.FieldText(critical, Measured));
        Suggestion = suggestion;
        _touched.UnionWith([Warning, Critical]);
        return CheckAsync();
    }

    /// <summary>Saves it, if it is valid.</summary>
    protected Task SaveAsync() => BusyAsync(async () =>
    {
        (_isSubmitted, Theirs) = (true, null);
        await CheckAsync();
        if (_parseErrors.Count > 0 || _errors.Count > 0)
        {
            Message = null;
            return;
        }

        var actor = await SignedIn.ActorAsync();
        var result = Rule is null ? await Rules.CreateAsync(Input, actor, Closing) : await Rules.UpdateAsync(Rule.Id, Input, _updatedAt, actor, Closing);
        switch (result.Status)
        {
            case EditStatus.Done:
                Dialog.Close(DialogResult.Ok(Rule is null ? Words.Created : Words.Saved));
                break;
            case EditStatus.Invalid:
                (_errors, Message) = (result.Errors.ToDictionary(), null);
                break;
            case EditStatus.Conflict when await Rules.GetAsync(Rule!.Id, Closing) is { } theirs:
                Theirs = theirs;
                Message = $"Someone else has changed this {Words.Noun}: {(theirs.Enabled ? "" : "disabled, ")}{LimitsOf(theirs)}.";
                break;
            default:
                Message = $"Someone else has deleted this {Words.Noun}. Cancel, or create it again.";
                break;
        }
    });

    /// <summary>Shows what somebody else has made of it.</summary>
    protected Task TakeTheirsAsync()
    {
        Fill(ToInput(Theirs!));
        (_updatedAt, Theirs, Message, _isSubmitted) = (Theirs!.UpdatedAt, null, null, false);
        _touched.Clear();
        return CheckAsync();
    }

    /// <summary>Saves over what somebody else has made of it.</summary>
    protected Task OverwriteAsync()
    {
        _updatedAt = Theirs!.UpdatedAt;
        return SaveAsync();
    }

    /// <summary>Does something that takes a moment; an unreachable database becomes a message.</summary>
    protected async Task BusyAsync(Func<Task> act)
    {
        IsBusy = true;
        try
        {
            await TryAsync(act);
        }
        finally
        {
            IsBusy = false;
        }
    }

    private async Task CheckAsync()
    {
        _parseErrors = [];
        foreach (var (field, text) in Limits)
        {
            if (AlertUnits.Read(text, Measured).Error is { } error)
                _parseErrors[field] = error;
        }

        var input = Input;
        await TryAsync(async () =>
        {
            var errors = await Rules.CheckAsync(input, Closing);
            // What was typed meanwhile is checked by its own call.
            if (input.Equals(Input))
                (_errors, _isChecked) = (errors, true);
        });
    }

    private async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The dialog was closed.
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            Message = $"{PageFailure.Describe(e)} Nothing was saved.";
        }
    }
}
