using Npgsql;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Demo;

/// <summary>
/// The alert rules of the demo farm: limits that its ground truth breaches, beside limits that its usual days keep, so
/// that the alert pages show both.
/// </summary>
internal static class DemoAlertRules
{
    /// <summary>Writes them into the database of a new demo farm.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, DemoCatalogRows catalog, DemoGroundTruth groundTruth, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO performance_alert_thresholds
                (metric_name, scope_type, scope_id, direction, warning_threshold, critical_threshold, for_jobs, note)
            VALUES
                ('quality.likeness', {AlertScope.Workflow.ToSql()}, $1, {AlertDirection.Below.ToSql()}, 0.87, 0.78, 5, 'Usual likeness of this workflow is 0.92'),
                ('vram_peak_mb', {AlertScope.Workflow.ToSql()}, $2, {AlertDirection.Above.ToSql()}, 44500, 47000, 1, 'Close to the memory of a 46 GB card'),
                ('time_per_frame_ms', {AlertScope.Worker.ToSql()}, $3, {AlertDirection.Above.ToSql()}, 120000, 240000, 3, 'Slower than any workflow should run here'),
                ('total_gpu_time_ms', {AlertScope.Global.ToSql()}, NULL, {AlertDirection.Above.ToSql()}, 3600000, 7200000, 3, 'An hour of GPU time for one job');
            """, connection);
        command.Parameters.AddWithValue(catalog.Workflows[groundTruth.LikenessWorkflow.Index]);
        command.Parameters.AddWithValue(catalog.Workflows[groundTruth.VramHungryWorkflow.Index]);
        command.Parameters.AddWithValue(catalog.Workers[groundTruth.DriftingWorker.Index]);
        await command.ExecuteNonQueryAsync(cancellationToken);

        await using var windowRules = new NpgsqlCommand(
            $"""
            INSERT INTO alert_window_rules
                (kind, scope_type, scope_id, window_minutes, warning_threshold, critical_threshold, minimum_jobs, note)
            VALUES
                ({WindowRuleKind.FailedShare.ToSql()}, {AlertScope.Workflow.ToSql()}, $1, 1440, 0.15, 0.4, 20, 'Out of memory on cards that are too small'),
                ({WindowRuleKind.Silence.ToSql()}, {AlertScope.Global.ToSql()}, NULL, 60, 30, 60, 1, 'The farm completes a job every minute or two')
            """, connection);
        windowRules.Parameters.AddWithValue(catalog.Workflows[groundTruth.VramHungryWorkflow.Index]);
        await windowRules.ExecuteNonQueryAsync(cancellationToken);
    }
}
