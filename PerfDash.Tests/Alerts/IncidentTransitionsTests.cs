using System.Globalization;
using PerfDash.Core.Alerts.Evaluation;
using PerfDash.Core.Alerts.Incidents;

namespace PerfDash.Tests.Alerts;

/// <summary>
/// The rules of incidents, as tables: a row of jobs and what it changes. A job is a letter: <c>.</c> clear, <c>-</c> between
/// clear and warning, <c>w</c> warning, <c>c</c> critical; behind <c>|</c> they are new. Changes are a letter and the place:
/// <c>W3</c> opened as a warning by job 3, <c>C</c> opened as critical, <c>R</c> escalated, <c>X</c> resolved, <c>E</c> began earlier.
/// </summary>
public sealed class IncidentTransitionsTests
{
    private static readonly DateTime Start = new(2026, 2, 18, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    // One job is enough.
    [InlineData(1, "|", "")]
    [InlineData(1, "|.", "")]
    [InlineData(1, "|-", "")]
    [InlineData(1, "|w", "W1")]
    [InlineData(1, "|c", "C1")]
    [InlineData(1, "|ww", "W1")]
    [InlineData(1, "|wc", "W1 R2")]
    [InlineData(1, "|cw", "C1")]
    [InlineData(1, "|wcwc", "W1 R2")]
    [InlineData(1, "|w.", "W1 X2")]
    [InlineData(1, "|c.", "C1 X2")]
    [InlineData(1, "|w-", "W1")]
    [InlineData(1, "|w-.", "W1 X3")]
    [InlineData(1, "|w-w", "W1")]
    [InlineData(1, "|w.w.", "W1 X2 W3 X4")]
    [InlineData(1, "|wc.c", "W1 R2 X3 C4")]
    // Several in a row.
    [InlineData(2, "|w", "")]
    [InlineData(2, "|ww", "W2")]
    [InlineData(2, "|w.w", "")]
    [InlineData(2, "|w-w", "")]
    [InlineData(2, "|wc", "W2")]
    [InlineData(2, "|cc", "C2")]
    [InlineData(2, "|wcc", "W2 R3")]
    [InlineData(2, "|wwcwc", "W2")]
    [InlineData(2, "|ww.", "W2")]
    [InlineData(2, "|ww.w.w", "W2")]
    [InlineData(2, "|ww..", "W2 X4")]
    [InlineData(2, "|ww.-.", "W2")]
    [InlineData(2, "|ww..w", "W2 X4")]
    [InlineData(2, "|ww..ww", "W2 X4 W6")]
    [InlineData(3, "|wwwccc...", "W3 R6 X9")]
    [InlineData(3, "|cwcwwc", "W3")]
    // Jobs evaluated before are context: they count in a row, but decide nothing by themselves.
    [InlineData(1, "w|.", "")]
    [InlineData(2, "w|w", "W2")]
    [InlineData(2, "ww|.", "")]
    [InlineData(2, "ww|w", "W3")]
    [InlineData(3, "ww|w", "W3")]
    [InlineData(3, "w.w|ww", "W5")]
    public void From_nothing_open(int forJobs, string row, string expected) => Assert.Equal(expected, Evaluate(forJobs, row));

    [Theory]
    [InlineData(1, "|w", "")]
    [InlineData(1, "|c", "R1")]
    [InlineData(1, "|.", "X1")]
    [InlineData(1, "|-", "")]
    [InlineData(1, "|.w", "X1 W2")]
    [InlineData(2, "c|c", "R2")]
    [InlineData(2, ".|.", "X2")]
    [InlineData(2, "w|.", "")]
    [InlineData(3, "..|.www", "X3 W6")]
    public void From_an_open_warning(int forJobs, string row, string expected) => Assert.Equal(expected, Evaluate(forJobs, row, open: 0));

    [Theory]
    [InlineData(1, "|c", "")]
    [InlineData(1, "|w", "")]
    [InlineData(1, "|.", "X1")]
    [InlineData(2, ".|.c", "X2")]
    public void From_an_open_critical(int forJobs, string row, string expected) => Assert.Equal(expected, Evaluate(forJobs, row, open: 0, isCritical: true));

    // New jobs in capitals (and : for a clear one) among jobs evaluated before.
    [Theory]
    // Nothing was notified of the place: it is notified, as far as the row goes.
    [InlineData(1, "..W..", -1, "W3 X4")]
    [InlineData(2, "..W.", -1, "")]
    [InlineData(2, ".wW.", -1, "W3")]
    [InlineData(2, ".Ww.", -1, "W3")]
    [InlineData(2, ".Ww..", -1, "W3 X5")]
    [InlineData(3, ".wWw.", -1, "W4")]
    // An open incident covers all from its opening to the latest job evaluated before.
    [InlineData(1, "ww:w", 1, "")]
    [InlineData(1, "wwWw", 1, "")]
    [InlineData(1, "wCw", 1, "R2")]
    [InlineData(2, "ww:.", 2, "X4")]
    [InlineData(2, "ww.:", 2, "X4")]
    [InlineData(2, "ww.:w", 2, "")]
    [InlineData(1, "ww:w:", 1, "X5")]
    // A breach just before an open incident is its beginning; a better stretch between makes two.
    [InlineData(1, "Ww", 2, "E1")]
    [InlineData(1, "Cw", 2, "E1 R1")]
    [InlineData(1, "W.w", 3, "W1 X2")]
    public void Late_jobs_and_an_open_incident(int forJobs, string row, int openFrom, string expected) =>
        Assert.Equal(expected, EvaluateLate(forJobs, row, openFrom < 0 ? null : openFrom, []));

    [Theory]
    // A resolved incident covers its stretch, whatever comes late.
    [InlineData(1, "wW.", 1, 3, "")]
    [InlineData(1, "w:w.", 1, 4, "")]
    [InlineData(1, "wC.", 1, 3, "")]
    [InlineData(2, "wwW..", 2, 5, "")]
    // Beside it: what is outside was not notified.
    [InlineData(1, "w.W", 1, 2, "W3")]
    [InlineData(1, "w.W.", 1, 2, "W3 X4")]
    [InlineData(1, "W.w.", 3, 4, "W1 X2")]
    [InlineData(1, "Ww.", 2, 3, "E1")]
    [InlineData(1, "Ww.W", 2, 3, "E1 W4")]
    public void Late_jobs_and_a_resolved_incident(int forJobs, string row, int from, int to, string expected) =>
        Assert.Equal(expected, EvaluateLate(forJobs, row, null, [new ResolvedIncident(7, Position(from), Position(to))]));

    [Fact]
    public void Batches_of_any_size_change_the_same_as_one_job_at_a_time()
    {
        var random = new Random(41);
        for (var round = 0; round < 500; round++)
        {
            var forJobs = random.Next(1, 5);
            var levels = Enumerable.Range(0, 60).Select(_ => (AlertLevel)random.Next(4)).ToArray();

            var oneByOne = InBatches(levels, forJobs, () => 1);
            Assert.Equal(oneByOne, InBatches(levels, forJobs, () => random.Next(1, 20)));
            Assert.Equal(oneByOne, InBatches(levels, forJobs, () => levels.Length));
        }
    }

    private static string InBatches(AlertLevel[] levels, int forJobs, Func<int> size)
    {
        var found = new List<string>();
        OpenIncident? open = null;
        for (var at = 0; at < levels.Length;)
        {
            var until = Math.Min(levels.Length, at + size());
            var first = Math.Max(0, at - forJobs + 1);
            var row = Enumerable.Range(first, until - first).Select(i => new EvaluatedJob(Position(i + 1), 0, levels[i], i >= at)).ToList();
            foreach (var change in IncidentTransitions.Evaluate(row, forJobs, open))
            {
                found.Add(Text(change));
                open = change.Kind == IncidentTransitionKind.Resolved ? null : new OpenIncident(1, change.Job.Position, change.IsCritical);
            }

            at = until;
        }

        return string.Join(' ', found);
    }

    private static string Evaluate(int forJobs, string row, int? open = null, bool isCritical = false)
    {
        var evaluatedBefore = row.IndexOf('|', StringComparison.Ordinal);
        var jobs = row.Remove(evaluatedBefore, 1).Select((letter, i) => new EvaluatedJob(Position(i + 1), 0, Level(letter), i >= evaluatedBefore)).ToList();
        return string.Join(' ', IncidentTransitions.Evaluate(jobs, forJobs, open is { } at ? new OpenIncident(7, Position(at), isCritical) : null).Select(Text));
    }

    private static string EvaluateLate(int forJobs, string row, int? openFrom, ResolvedIncident[] resolved)
    {
        var jobs = row.Select((letter, i) => new EvaluatedJob(Position(i + 1), 0, Level(char.ToLowerInvariant(letter)), letter is 'W' or 'C' or ':')).ToList();
        return string.Join(' ', IncidentTransitions.Evaluate(jobs, forJobs, openFrom is { } at ? new OpenIncident(7, Position(at), false) : null, resolved).Select(Text));
    }

    private static AlertLevel Level(char letter) => letter switch
    {
        'w' => AlertLevel.Warning,
        'c' => AlertLevel.Critical,
        '-' => AlertLevel.Between,
        _ => AlertLevel.Clear,
    };

    private static JobPosition Position(int i) => new(Start.AddSeconds(i), i);

    private static string Text(IncidentTransition change) => string.Create(CultureInfo.InvariantCulture, $"{Letter(change)}{change.Job.Position.JobId}");

    private static char Letter(IncidentTransition change) => change.Kind switch
    {
        IncidentTransitionKind.Opened => change.IsCritical ? 'C' : 'W',
        IncidentTransitionKind.Escalated => 'R',
        IncidentTransitionKind.Resolved => 'X',
        _ => 'E',
    };
}
