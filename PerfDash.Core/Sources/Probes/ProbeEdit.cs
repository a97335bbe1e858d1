using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi.Probes;
using PerfDash.Data.Sources;

namespace PerfDash.Core.Sources.Probes;

/// <summary>Changes the probe of a source together with the source.</summary>
internal static class ProbeEdit
{
    /// <summary>Most hours from one run to the next: 30 days.</summary>
    public const int MostHours = 720;

    private const string Deleted = "Its source was deleted before it ended.";

    /// <summary>Adds what is wrong with the probe of an input.</summary>
    /// <param name="probe">The one there is; null where there is none.</param>
    public static void Check(SourceInput input, SourceProbe? probe, Dictionary<string, string[]> errors)
    {
        if (input.ProbeGraph.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null) && ProbeGraph.Parse(input.ProbeGraph, out var error) is null)
            errors["probe_graph"] = [error!];
        if (input.ProbeEveryHours.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return;
        if (HoursOf(input.ProbeEveryHours) is null)
            errors["probe_every_hours"] = [$"probe_every_hours must be a whole number from 1 to {MostHours}, or null for runs on demand only."];
        else if (input.ProbeGraph.ValueKind == JsonValueKind.Null || (probe is null && input.ProbeGraph.ValueKind == JsonValueKind.Undefined))
            errors["probe_every_hours"] = ["probe_every_hours needs a probe_graph."];
    }

    /// <summary>Makes, changes or removes the probe as a checked input says; returns what is there then.</summary>
    /// <param name="probe">The one there is, tracked; null where there is none.</param>
    public static SourceProbe? Apply(PerfDashDbContext context, long sourceId, SourceProbe? probe, SourceInput input)
    {
        if (input.ProbeGraph.ValueKind == JsonValueKind.Null)
        {
            if (probe is not null)
                context.Remove(probe);
            return null;
        }

        if (input.ProbeGraph.ValueKind == JsonValueKind.Object)
        {
            if (probe is null)
                context.Add(probe = new SourceProbe { SourceId = sourceId, Graph = "{}" });
            probe.Graph = input.ProbeGraph.GetRawText();
        }

        if (probe is not null && input.ProbeEveryHours.ValueKind != JsonValueKind.Undefined)
            probe.EveryHours = HoursOf(input.ProbeEveryHours);
        return probe;
    }

    /// <summary>A deleted source has no probe any more; its runs stay.</summary>
    public static async Task DeleteAsync(PerfDashDbContext context, long sourceId, CancellationToken cancellationToken)
    {
        await context.SourceProbes.Where(p => p.SourceId == sourceId).ExecuteDeleteAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync(
            $"UPDATE source_probe_runs SET state = 'failed', completed_at = now(), error = {Deleted} WHERE source_id = {sourceId} AND state = 'queued'", cancellationToken);
    }

    private static int? HoursOf(JsonElement hours) => hours.ValueKind == JsonValueKind.Number && hours.TryGetInt32(out var number) && number is >= 1 and <= MostHours ? number : null;
}
