using Npgsql;
using NpgsqlTypes;
using PerfDash.Core.Collection;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Ingest;

/// <summary>
/// Writes reported jobs into <c>jobs</c>, from where they are captured like any other job: trigger, outbox, collector.
/// A call is durable when it returns.
/// </summary>
public sealed class JobIngest(NpgsqlDataSource dataSource)
{
    private const int Attempts = 5;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Stores the reports, all in one transaction; what a report's own data makes impossible is refused alone.</summary>
    /// <returns>One result for each report, in order.</returns>
    public Task<IReadOnlyList<ReportResult>> StoreAsync(IReadOnlyList<JobReport> reports, CancellationToken cancellationToken) =>
        StoreAsync(reports, history: false, cancellationToken);

    /// <summary>As above; <paramref name="history"/> says that these are jobs of the past, which open no incidents.</summary>
    internal async Task<IReadOnlyList<ReportResult>> StoreAsync(IReadOnlyList<JobReport> reports, bool history, CancellationToken cancellationToken)
    {
        try
        {
            return await StoreWhateverLocksAsync(reports, history, cancellationToken);
        }
        catch (PostgresException e) when (MetricCollector.IsCausedByData(e))
        {
            if (reports.Count == 1)
                return [ReportResult.Rejected(e.MessageText)];

            var results = new List<ReportResult>(reports.Count);
            foreach (var report in reports)
                results.AddRange(await StoreAsync([report], history, cancellationToken));
            return results;
        }
    }

    // Jobs are written in the order they were reported, so two calls with the same new keys in another order can block
    // each other.
    private async Task<IReadOnlyList<ReportResult>> StoreWhateverLocksAsync(IReadOnlyList<JobReport> reports, bool history, CancellationToken cancellationToken) =>
        await TransactionRetry.RunAsync(Attempts, Pause, () => StoreTogetherAsync(reports, history, cancellationToken), cancellationToken);

    private async Task<ReportResult[]> StoreTogetherAsync(IReadOnlyList<JobReport> reports, bool history, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (history)
        {
            await using var capture = new NpgsqlCommand("SET LOCAL perfdash.capture = 'history'", connection);
            await capture.ExecuteNonQueryAsync(cancellationToken);
        }

        var tables = await ReportTables.EnterAsync(connection, cancellationToken);
        var results = new ReportResult?[reports.Count];
        await StoreOpenAsync(connection, tables, reports, results, cancellationToken);
        // What is still open has a key that another writer stored at the same moment, perhaps as a running job: looked
        // at again, it is known.
        if (results.Contains(null))
            await StoreOpenAsync(connection, tables, reports, results, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return [.. results.Select(r => r ?? ReportResult.Rejected("the database rejected the job"))];
    }

    /// <summary>Stores the reports that have no result yet; none comes of a key that was not there before and now is.</summary>
    private static async Task StoreOpenAsync(
        NpgsqlConnection connection, ReportTables tables, IReadOnlyList<JobReport> reports, ReportResult?[] results, CancellationToken cancellationToken)
    {
        var known = await KnownJobs.FindAsync(connection, Open(), cancellationToken);
        var references = await EntityResolver.FindAsync(connection, Open(), cancellationToken);
        var seen = new HashSet<(long?, string?)>();
        foreach (var i in OpenIndexes())
            results[i] = Check(reports[i], known, references, seen);

        await references.CreateAsync(connection, tables, Open(), cancellationToken);
        await UpdateAsync(connection, tables, [.. Open().Where(r => known.Find(r) is not null)], known, references, cancellationToken);
        var inserted = await InsertAsync(connection, tables, [.. Open().Where(r => known.Find(r) is null)], references, cancellationToken);
        foreach (var i in OpenIndexes())
        {
            if (known.Find(reports[i]) is not null || inserted.Contains(reports[i].ExternalId!))
                results[i] = ReportResult.Accepted;
        }

        int[] OpenIndexes() => [.. Enumerable.Range(0, reports.Count).Where(i => results[i] is null)];
        List<JobReport> Open() => [.. OpenIndexes().Select(i => reports[i])];
    }

    /// <summary>What is clear before anything is written; null for a report to be stored. Only such a one makes later reports of the same job duplicates.</summary>
    private static ReportResult? Check(JobReport report, KnownJobs known, EntityResolver references, HashSet<(long?, string?)> seen)
    {
        var job = known.Find(report);
        if (known.IsExported(report))
            return ReportResult.Duplicate;
        if (report.JobId is not null && job is null)
            return ReportResult.Rejected($"there is no job {report.JobId}");
        if (job is not null && Progress(report.Status) <= Progress(job.Status))
            return ReportResult.Duplicate;
        if (job is null && report.Workflow is null)
            return ReportResult.Rejected("workflow is required for an unknown job");
        if (references.ErrorOf(report) is { } error)
            return ReportResult.Rejected(error);
        return seen.Add((job?.Id, job is null ? report.ExternalId : null)) ? null : ReportResult.Duplicate;
    }

    /// <summary>A report changes a known job only where it brings it further.</summary>
    private static int Progress(string status) => status switch
    {
        JobStatus.Pending => 0,
        JobStatus.Running => 1,
        JobStatus.Completed => 3,
        _ => 2,
    };

    private static async Task UpdateAsync(
        NpgsqlConnection connection, ReportTables tables, List<JobReport> reports, KnownJobs known, EntityResolver references, CancellationToken cancellationToken)
    {
        if (reports.Count == 0)
            return;
        await using var command = new NpgsqlCommand(
            $"""
            UPDATE jobs AS j
            SET status = r.status::{tables.StatusType}, workflow_id = COALESCE(r.workflow_id, j.workflow_id), worker_id = COALESCE(r.worker_id, j.worker_id),
                project_id = COALESCE(r.project_id, j.project_id), character_id = COALESCE(r.character_id, j.character_id),
                scene_id = COALESCE(r.scene_id, j.scene_id), parameters = COALESCE(r.parameters::jsonb, j.parameters),
                result = COALESCE(r.result::{tables.ResultType}, j.result), started_at = COALESCE(r.started_at, j.started_at),
                completed_at = CASE WHEN r.status = 'completed' THEN COALESCE(r.completed_at, now()) ELSE COALESCE(r.completed_at, j.completed_at) END,
                error = COALESCE(r.error, j.error)
            FROM unnest(@id, @workflow_id, @worker_id, @project_id, @character_id, @scene_id, @parameters::text[], @result::text[], @started_at, @completed_at, @status, @error)
                AS r(id, workflow_id, worker_id, project_id, character_id, scene_id, parameters, result, started_at, completed_at, status, error)
            WHERE j.id = r.id
            """,
            connection);
        Add(command, "id", NpgsqlDbType.Bigint, reports, r => known.Find(r)!.Id);
        AddCommon(command, reports, references);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<HashSet<string>> InsertAsync(
        NpgsqlConnection connection, ReportTables tables, List<JobReport> reports, EntityResolver references, CancellationToken cancellationToken)
    {
        var inserted = new HashSet<string>(StringComparer.Ordinal);
        if (reports.Count == 0)
            return inserted;
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO jobs (external_id, workflow_id, worker_id, project_id, character_id, scene_id, parameters, result,
                              started_at, completed_at, status, error, created_at)
            SELECT external_id, workflow_id, worker_id, project_id, character_id, scene_id, parameters::jsonb, result::{tables.ResultType}, started_at,
                   CASE WHEN status = 'completed' THEN COALESCE(completed_at, now()) ELSE completed_at END,
                   status::{tables.StatusType}, error, COALESCE(created_at, started_at, completed_at, now())
            FROM unnest(@external_id, @workflow_id, @worker_id, @project_id, @character_id, @scene_id, @parameters::text[], @result::text[],
                        @started_at, @completed_at, @status, @error, @created_at)
                AS r(external_id, workflow_id, worker_id, project_id, character_id, scene_id, parameters, result,
                     started_at, completed_at, status, error, created_at)
            {tables.OnConflict("jobs")}
            RETURNING external_id
            """,
            connection);
        Add(command, "external_id", NpgsqlDbType.Text, reports, r => r.ExternalId);
        AddCommon(command, reports, references);
        Add(command, "created_at", NpgsqlDbType.TimestampTz, reports, r => r.CreatedAt?.UtcDateTime);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            inserted.Add(reader.GetString(0));
        return inserted;
    }

    private static void AddCommon(NpgsqlCommand command, List<JobReport> reports, EntityResolver references)
    {
        Add(command, "workflow_id", NpgsqlDbType.Bigint, reports, r => references.WorkflowId(r));
        Add(command, "worker_id", NpgsqlDbType.Bigint, reports, r => references.WorkerId(r));
        Add(command, "project_id", NpgsqlDbType.Bigint, reports, r => references.ProjectId(r));
        Add(command, "character_id", NpgsqlDbType.Bigint, reports, r => references.CharacterId(r));
        Add(command, "scene_id", NpgsqlDbType.Bigint, reports, r => references.SceneId(r));
        Add(command, "parameters", NpgsqlDbType.Text, reports, r => r.ParametersJson);
        Add(command, "result", NpgsqlDbType.Text, reports, r => r.ResultJson);
        Add(command, "started_at", NpgsqlDbType.TimestampTz, reports, r => r.StartedAt?.UtcDateTime);
        Add(command, "completed_at", NpgsqlDbType.TimestampTz, reports, r => r.CompletedAt?.UtcDateTime);
        Add(command, "status", NpgsqlDbType.Text, reports, r => r.Status);
        Add(command, "error", NpgsqlDbType.Text, reports, r => r.Error);
    }

    private static void Add<T>(NpgsqlCommand command, string name, NpgsqlDbType type, List<JobReport> reports, Func<JobReport, T> value) =>
        command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Array | type) { Value = reports.ConvertAll(r => value(r)) });
}
