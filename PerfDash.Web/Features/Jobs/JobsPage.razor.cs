using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using PerfDash.Core.Jobs;
using PerfDash.Core.Settings;
using PerfDash.Core.Workflows;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Jobs;

/// <summary>
/// Single jobs, filtered and sorted. New ones do not push the others down: they are announced, and shown when asked for.
/// </summary>
public sealed partial class JobsPage(
    JobListQueries lists, JobStateQueries states, NewJobQueries newJobs, WorkflowListQueries workflows, FarmSettings farm, IOptions<JsonOptions> json) : DashboardComponent
{
    /// <summary>Jobs loaded at once.</summary>
    public const int PageSize = 100;

    private readonly List<StateItem> _others = [];
    private List<JobItem> _jobs = [];
    private IReadOnlyList<StateItem>? _found;
    private IReadOnlyList<WorkflowName> _workflows = [];
    private WorkflowName? _workflow;
    private string? _cursor;
    private string? _search;
    private string? _searchShown;
    private object? _shown;
    private bool _hasMoreOthers;
    private bool _isAdding;
    private long _mark;
    private long _newCount;

    /// <summary>Only this workflow.</summary>
    [SupplyParameterFromQuery(Name = "workflow_id")]
    public string? WorkflowText { get; set; }

    /// <summary>The order, as in the API.</summary>
    [SupplyParameterFromQuery(Name = "sort")]
    public string? SortWord { get; set; }

    /// <summary>One of <see cref="JobStates"/>.</summary>
    [SupplyParameterFromQuery(Name = "state")]
    public string? StateWord { get; set; }

    /// <summary>An id to find, whatever range and filters say.</summary>
    [SupplyParameterFromQuery(Name = "search")]
    public string? Search { get; set; }

    protected override object? Choice => (WorkflowId, Sort, State, Search);

    protected override bool IsLive => State != JobStates.Recorded && !HasSearch;

    private long? WorkflowId => long.TryParse(WorkflowText, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private JobSort Sort => (SortWord is { Length: > 0 } word ? JobSort.Read(word) : null) ?? JobSort.Default;

    private string State => JobStates.Read(StateWord);

    private bool HasSearch => !string.IsNullOrWhiteSpace(Search);

    private bool IsLoading => Loader.Error is null && !Equals(_shown, (Query, Choice));

    private bool HasMore => !IsLoading && (State == JobStates.Recorded ? _cursor is not null : _hasMoreOthers);

    private string? Note => Loader.LoadedAt is { } at ? $"{(IsLive ? "updated" : "as of")} {at.UtcDateTime:HH:mm:ss} UTC" : null;

    private string NewText => _newCount >= NewJobQueries.MaxCounted
        ? $"Show more than {UnitFormat.Count(NewJobQueries.MaxCounted)} new jobs"
        : $"Show {UnitFormat.Counted(_newCount, "new job")}";

    private string ListCaption => $"{(HasMore ? $"The first {UnitFormat.Counted(_jobs.Count, "job")}" : UnitFormat.Counted(_jobs.Count, "job"))}; missing values last";

    private string OthersCaption =>
        $"{(HasMore ? "The latest " : "")}{UnitFormat.Count(_others.Count)} {State} {(_others.Count == 1 ? "job" : "jobs")}"
        + (Query.Filter is { ResolutionTier: null, RunClass: null } ? "" : "; in any tier and run class, because only completed jobs report them");

    private string FoundCaption => $"{(_found!.Count >= JobStateQueries.MaxFound ? "The latest " : "")}{UnitFormat.Counted(_found.Count, "job")} found, ignoring the time range and filters";

    private string EmptyText => (State, Query.Filter == MetricFilter.None && WorkflowId is null) switch
    {
        (JobStates.Recorded, true) => "No jobs completed in this range. Choose a longer range.",
        (JobStates.Recorded, _) => "No jobs in this range match the filters. Choose a longer range or remove a filter.",
        (var state, true) => $"No {state} jobs in this range.",
        (var state, _) => $"No {state} jobs in this range match the filters.",
    };

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Feed.Refresh += CountNewAsync;
    }

    protected override void Dispose(bool disposing)
    {
        Feed.Refresh -= CountNewAsync;
        base.Dispose(disposing);
    }

    protected override async Task OnParametersSetAsync()
    {
        if (Search != _searchShown)
            _search = _searchShown = Search;
        await base.OnParametersSetAsync();
    }

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var asked = (Query, Choice);
        filter = filter with { WorkflowId = WorkflowId };
        if (_workflows.Count == 0 || (WorkflowId is { } wanted && _workflows.All(w => w.Id != wanted)))
            _workflows = await workflows.GetNamesAsync(cancellationToken);
        IReadOnlyList<StateItem>? found = null;
        IReadOnlyList<StateItem> others = [];
        var (mark, page) = (0L, new CursorPage<JobItem>([], null));
        if (HasSearch)
        {
            found = await states.FindAsync(Search!, cancellationToken);
        }
        else if (State == JobStates.Recorded)
        {
            // The mark first: a job recorded between the two is announced and listed, never neither.
            mark = await newJobs.MarkAsync(cancellationToken);
            page = (await lists.GetAsync(range, filter, Sort, PageSize, null, cancellationToken))!;
        }
        else
        {
            others = await states.GetAsync(range, filter, State, PageSize + 1, null, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _workflow = WorkflowId is { } id ? _workflows.FirstOrDefault(w => w.Id == id) ?? new WorkflowName(id, $"#{id}") : null;
        (_found, _mark, _newCount, _jobs, _cursor) = (found, mark, 0, [.. page.Items], page.NextCursor);
        _others.Clear();
        Append(others);
        _shown = asked;
    }

    // The list stays where it is: loaded anew, it would show new jobs on top and lose what was added at its end.
    protected override async Task TakeSettingsAsync()
    {
        if (HasSearch)
        {
            await LoadNowAsync();
            return;
        }

        try
        {
            _workflows = await workflows.GetNamesAsync(CancellationToken.None);
            var ofWorkflows = _workflows.ToDictionary(w => w.Id, w => w.Name);
            var ofWorkers = (await farm.GetWorkersAsync(CancellationToken.None)).ToDictionary(w => w.Id, w => w.Name);
            _jobs = [.. _jobs.Select(job => job with
            {
                WorkflowName = ofWorkflows.GetValueOrDefault(job.WorkflowId, job.WorkflowName),
                WorkerName = ofWorkers.GetValueOrDefault(job.WorkerId, job.WorkerName),
            })];
            _workflow = _workflow is { } chosen && ofWorkflows.TryGetValue(chosen.Id, out var name) ? chosen with { Name = name } : _workflow;
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            await LoadNowAsync();
        }
    }

    private async Task LoadMoreAsync()
    {
        _isAdding = true;
        try
        {
            var (asked, filter) = ((object)(Query, Choice), Query.Filter with { WorkflowId = WorkflowId });
            if (Loader.LoadedRange is not { } range)
                return;
            if (State == JobStates.Recorded)
            {
                var page = await lists.GetAsync(range, filter, Sort, PageSize, _cursor, CancellationToken.None);
                if (page is not null && asked.Equals((Query, Choice)))
                    (_jobs, _cursor) = ([.. _jobs, .. page.Items], page.NextCursor);
            }
            else
            {
                var more = await states.GetAsync(range, filter, State, PageSize + 1, _others[^1].JobId, CancellationToken.None);
                if (asked.Equals((Query, Choice)))
                    Append(more);
            }
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            // The list stays; loading it anew says what is wrong, and offers another try.
            await LoadNowAsync();
        }
        finally
        {
            _isAdding = false;
        }
    }

    private void Append(IReadOnlyList<StateItem> more)
    {
        _others.AddRange(more.Take(PageSize));
        _hasMoreOthers = more.Count > PageSize;
    }

    private Task CountNewAsync() => InvokeAsync(async () =>
    {
        if (HasSearch || State != JobStates.Recorded || Loader.LoadedAt is null || Query.Read(Time.GetUtcNow()) is not { Errors.Count: 0, Range: var range })
            return;
        try
        {
            var (mark, filter) = (_mark, Query.Filter with { WorkflowId = WorkflowId });
            var count = await newJobs.CountAsync(range, filter, mark, CancellationToken.None);
            if (count == 0 || mark != _mark)
                return;
            _newCount = count;
            // Nothing to be pushed down.
            if (_jobs.Count == 0)
                await LoadNowAsync();
            StateHasChanged();
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            // The mark in the header says that the database is away; the next update counts again.
        }
    });

    private Task ShowNewAsync() => LoadNowAsync();

    private void ShowState(string state) => Address.Set("state", state == JobStates.Recorded ? null : state);

    private void SearchFor(string? text)
    {
        _search = text;
        _searchShown = string.IsNullOrWhiteSpace(text) ? null : text.Trim();
        Address.Set("search", _searchShown, replace: true);
    }

    private void FilterWorkflow(WorkflowName? workflow) => Address.Set("workflow_id", workflow?.Id);

    private IEnumerable<WorkflowName> Find(string? text) =>
        string.IsNullOrWhiteSpace(text) || text == _workflow?.Name ? _workflows : _workflows.Where(w => w.Name.Contains(text.Trim(), StringComparison.OrdinalIgnoreCase));

    // As GET /performance/jobs gives it, so that ./perfdash import reads it.
    private string Csv() => CsvTable.Write(_jobs, json.Value.SerializerOptions);
}
