using PerfDash.Core.Alerts.Evaluation;

namespace PerfDash.Core.Alerts.Incidents;

/// <summary>
/// The rules by which incidents open, escalate and resolve: a pure function over the row of jobs of one rule and subject.
/// <list type="bullet">
/// <item>Nothing open, the last N jobs all breach: an incident opens, critical when all N are critical.</item>
/// <item>Open as a warning, the last N are all critical: it escalates.</item>
/// <item>Open, the last N are all clear: it resolves.</item>
/// </list>
/// Jobs that come late change the row in its middle. What was sent then holds: an incident that is resolved covers its
/// stretch for good, one that is open covers everything from its opening to the latest job evaluated before. A decision needs a
/// new job among the N that make it. A breach found just before an incident that is known belongs to that incident,
/// which then began earlier; no notification is sent about that.
/// </summary>
public static class IncidentTransitions
{
    /// <summary>What changes.</summary>
    /// <param name="row">The jobs in order, with at least N−1 before the first new one where there are so many.</param>
    /// <param name="forJobs">N, from 1.</param>
    /// <param name="open">The incident that is open, or null.</param>
    /// <param name="resolved">Stretches of resolved incidents that reach into the row, in order.</param>
    /// <returns>The changes, in order of the row.</returns>
    public static IReadOnlyList<IncidentTransition> Evaluate(
        IReadOnlyList<EvaluatedJob> row, int forJobs, OpenIncident? open = null, IReadOnlyList<ResolvedIncident>? resolved = null)
    {
        ArgumentNullException.ThrowIfNull(row);
        return new Fold(row, forJobs, open, resolved ?? []).Run();
    }

    private sealed class Fold(IReadOnlyList<EvaluatedJob> row, int forJobs, OpenIncident? stored, IReadOnlyList<ResolvedIncident> resolved)
    {
        private readonly List<IncidentTransition> _changes = [];
        private readonly int _latestOld = LatestOld(row);
        private int _breaching;
        private int _critical;
        private int _clear;
        private int _latestNew = -1;

        // The incident the row is in at the moment; one found in this run has no key yet.
        private bool _isOpen;
        private bool _isFound;
        private bool _isCritical;
        private EvaluatedJob _found;
        private EvaluatedJob _foundCritical;
        private int _foundChanges;
        private bool _reachedStored;

        public List<IncidentTransition> Run()
        {
            var covered = 0;
            for (var i = 0; i < row.Count; i++)
            {
                Count(i);
                var job = row[i];
                while (covered < resolved.Count && resolved[covered].To < job.Position)
                    covered++;
                if (covered < resolved.Count && resolved[covered].From <= job.Position)
                    JoinTo(resolved[covered].Id);
                else
                    Decide(i, job);
            }

            if (stored is not null && !_reachedStored)
                JoinToStored(stored);
            return _changes;
        }

        private static int LatestOld(IReadOnlyList<EvaluatedJob> row)
        {
            for (var i = row.Count - 1; i >= 0; i--)
            {
                if (!row[i].IsNew)
                    return i;
            }

            return -1;
        }

        private void Count(int i)
        {
            var level = row[i].Level;
            _breaching = level >= AlertLevel.Warning ? _breaching + 1 : 0;
            _critical = level == AlertLevel.Critical ? _critical + 1 : 0;
            _clear = level == AlertLevel.Clear ? _clear + 1 : 0;
            if (row[i].IsNew)
                _latestNew = i;
        }

        private void Decide(int i, EvaluatedJob job)
        {
            if (stored is not null && !_reachedStored && stored.From <= job.Position)
            {
                JoinToStored(stored);
            }

            var hasNew = _latestNew >= 0 && i - _latestNew < forJobs;
            if (!_isOpen)
            {
                if (_breaching < forJobs || !hasNew)
                    return;
                (_isOpen, _isFound, _isCritical) = (true, true, _critical >= forJobs);
                (_found, _foundCritical, _foundChanges) = (job, job, _changes.Count);
                Add(IncidentTransitionKind.Opened, job, null);
            }
            else if (!_isCritical && _critical >= forJobs && (hasNew || _isFound))
            {
                _isCritical = true;
                _foundCritical = job;
                Add(IncidentTransitionKind.Escalated, job, _isFound ? null : stored!.Id);
            }
            else if (_clear >= forJobs && (_isFound || (hasNew && i >= _latestOld)))
            {
                Add(IncidentTransitionKind.Resolved, job, _isFound ? null : stored!.Id);
                (_isOpen, _isFound) = (false, false);
            }
        }

        /// <summary>What was found just before a known incident is that incident's beginning.</summary>
        private void JoinTo(long incidentId)
        {
            if (!_isFound)
                return;
            _changes.RemoveRange(_foundChanges, _changes.Count - _foundChanges);
            _changes.Add(new IncidentTransition(IncidentTransitionKind.BeganEarlier, incidentId, _found, _isCritical));
            (_isOpen, _isFound) = (false, false);
        }

        private void JoinToStored(OpenIncident incident)
        {
            var raises = _isFound && _isCritical && !incident.IsCritical;
            JoinTo(incident.Id);
            (_reachedStored, _isOpen, _isCritical) = (true, true, incident.IsCritical || raises);
            if (raises)
                Add(IncidentTransitionKind.Escalated, _foundCritical, incident.Id);
        }

        private void Add(IncidentTransitionKind kind, EvaluatedJob job, long? incidentId) =>
            _changes.Add(new IncidentTransition(kind, incidentId, job, _isCritical));
    }
}

public enum IncidentTransitionKind
{
    Opened,

    /// <summary>From warning to critical.</summary>
    Escalated,

    Resolved,

    /// <summary>Late jobs show that a known incident began earlier. Sends no notification.</summary>
    BeganEarlier,
}

/// <summary>A change of an incident.</summary>
/// <param name="IncidentId">The stored incident; null for the one opened by the latest <see cref="IncidentTransitionKind.Opened"/> before.</param>
/// <param name="Job">The job that decides.</param>
/// <param name="IsCritical">Severity after it.</param>
public readonly record struct IncidentTransition(IncidentTransitionKind Kind, long? IncidentId, EvaluatedJob Job, bool IsCritical);

/// <summary>The open incident of a rule and subject.</summary>
/// <param name="From">Where it opened.</param>
/// <param name="IsCritical">Its severity.</param>
public sealed record OpenIncident(long Id, JobPosition From, bool IsCritical);

/// <summary>The stretch of a resolved incident, both ends inclusive.</summary>
/// <param name="From">Where it opened.</param>
/// <param name="To">Where it resolved.</param>
public sealed record ResolvedIncident(long Id, JobPosition From, JobPosition To);
