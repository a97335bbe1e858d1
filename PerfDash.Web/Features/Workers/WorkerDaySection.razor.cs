using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>One day of a worker, chosen in the address; else the last of the range.</summary>
public sealed partial class WorkerDaySection(WorkerDayQueries days) : DashboardComponent
{
    private const int MostRows = 500;
    private const string Format = "yyyy-MM-dd";

    private WorkerDay? _day;
    private bool _asTable;

    [Parameter, EditorRequired]
    public required long WorkerId { get; set; }

    /// <summary>Jobs that run on it now.</summary>
    [Parameter]
    public IReadOnlyList<RunningJob> Running { get; set; } = [];

    /// <summary>The day in UTC, for example <c>2026-11-24</c>.</summary>
    [SupplyParameterFromQuery(Name = "day")]
    public string? DayWord { get; set; }

    protected override object? Choice => (WorkerId, DayWord);

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    private DateOnly Wanted => Read(DayWord) ?? LastOfRange;

    private DateOnly LastOfRange
    {
        get
        {
            var now = Time.GetUtcNow();
            var (range, errors) = Query.Read(now);
            return errors.Count > 0 || range.To > now ? Today : DateOnly.FromDateTime(range.To.UtcDateTime.AddTicks(-1));
        }
    }

    private string Title => string.Create(CultureInfo.InvariantCulture, $"{_day?.Day ?? Wanted:ddd d MMM yyyy}");

    private string Summary => $"{UnitFormat.Counted(_day!.Jobs.Count, "job")}{(_day.IsCut ? " (earliest shown; there are more)" : "")} · generating {UnitFormat.Duration(_day.Utilization.GeneratingMs)} of {UnitFormat.Duration(_day.Utilization.WindowMs)} ({UnitFormat.Percent(_day.Utilization.GeneratingPercent)}) · UTC, filters do not apply";

    private string JobsHref => QueryHelpers.AddQueryString(PerfDashUrls.Jobs, new Dictionary<string, string?>
    {
        ["worker_id"] = WorkerId.ToString(CultureInfo.InvariantCulture),
        ["from"] = Word(_day!.Day) + "T00:00:00Z",
        ["to"] = _day.Day == DateOnly.MaxValue ? null : Word(_day.Day.AddDays(1)) + "T00:00:00Z",
    });

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        if (DayWord is not null && Read(DayWord) is null)
            throw new PageAddressException($"The day in the address is not valid: {DayWord} is not a date such as {Word(Today)}. Choose another day.");
        var loaded = await days.GetAsync(WorkerId, Wanted, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        _day = loaded;
    }

    private static DateOnly? Read(string? word) => DateOnly.TryParseExact(word, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private static string Word(DateOnly day) => day.ToString(Format, CultureInfo.InvariantCulture);

    // A run that began or ends on another day says so.
    private string Moment(DateTime moment) => moment.ToString(DateOnly.FromDateTime(moment) == _day!.Day ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private void GoTo(string? word)
    {
        if (Read(word) is { } day)
            Go(day);
    }

    private void Go(DateOnly day) => Address.Set("day", Word(day), replace: true);

    private string Csv() => TableCsv.Write(
        ["Job", "Workflow", "Workflow id", "Tier", "Started (UTC)", "Ended (UTC)", "Wall time (ms)"],
        _day!.Jobs.Select(j => (IReadOnlyList<object?>)
        [
            j.JobId, j.WorkflowName, j.WorkflowId, j.ResolutionTier, j.HasWallTime ? j.StartedAt : null, j.EndedAt,
            j.HasWallTime ? (j.EndedAt - j.StartedAt).TotalMilliseconds : null,
        ]));
}
