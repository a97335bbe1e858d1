using System.Text.Json;

namespace PerfDash.Tests.Support;

/// <summary>Seven jobs whose every figure can be worked out on paper, around the leap day of 2024; 26 February is a Monday.</summary>
internal static class HandMadeFarm
{
    /// <summary>The Monday before all jobs to the Tuesday after them.</summary>
    public const string Span = "from=2024-02-26&to=2024-03-05";

    public static readonly IReadOnlyList<FarmRow> Jobs =
    [
        // The second job of gpu-1 overlaps the first by 11 s.
        Job(1, 1, 1, "1080p", 100, 10_000, 12_000, 8_000, 0.8, At(2, 26, 10, 0, 0)) with { Stages = [("load", 2_000), ("sample", 8_000)] },
        Job(2, 1, 1, "1080p", 140, 14_000, 16_000, 10_000, 0.9, At(2, 26, 10, 0, 5)) with { Stages = [("load", 1_000), ("sample", 13_000)] },
        Job(3, 1, 2, "1080p", 240, 24_000, 30_000, 9_000, 0.7, At(2, 29, 23, 30, 0)),
        new FarmRow { JobId = 4, WorkflowId = 1, WorkerId = 2, Tier = "720p", TimePerFrameMs = 60, CompletedAt = At(3, 1, 0, 30, 0) },
        Job(5, 2, 1, "1080p", 90, 9_000, 10_000, 16_000, 0.92, At(3, 1, 10, 0, 0)),
        Job(6, 2, 2, "1080p", 180, 18_000, 20_000, 16_000, 0.94, At(3, 3, 10, 0, 0)),
        Job(7, 2, 3, "4k", 900, 90_000, 100_000, 20_000, 0.96, At(3, 4, 10, 0, 0)),
    ];

    /// <summary>Empties the database and writes the entities and the jobs.</summary>
    public static async Task WriteHandMadeFarmAsync(this TestDatabase database)
    {
        await database.ClearAsync();
        await database.AddEntitiesAsync();
        await database.AddJobsAsync(Jobs);
    }

    /// <summary>GET of a route of the API as JSON.</summary>
    public static async Task<JsonElement> GetJsonAsync(this PerfDashApp app, string route) => JsonElement.Parse(
        await app.Client.GetStringAsync(new Uri($"/performance/{route}", UriKind.Relative), TestContext.Current.CancellationToken));

    public static double? Number(this JsonElement whole, string name) =>
        whole.GetProperty(name) is { ValueKind: not JsonValueKind.Null } value ? value.GetDouble() : null;

    /// <summary>The named numbers, rounded to three places, in a line.</summary>
    public static string Line(this JsonElement whole, params string[] names) => string.Join(
        ' ', names.Select(name => whole.GetProperty(name) is { ValueKind: JsonValueKind.Number } number
            ? Math.Round(number.GetDouble(), 3).ToString(System.Globalization.CultureInfo.InvariantCulture)
            : whole.GetProperty(name).ToString() is { Length: > 0 } text ? text : "null"));

    public static string[] Lines(this JsonElement list, params string[] names) => [.. list.EnumerateArray().Select(item => item.Line(names))];

    private static FarmRow Job(
        long id, long workflow, long worker, string tier, float perFrameMs, long gpuMs, long wallMs, int vramMb, double likeness, DateTime at) => new()
        {
            JobId = id,
            WorkflowId = workflow,
            WorkerId = worker,
            Tier = tier,
            TimePerFrameMs = perFrameMs,
            GpuTimeMs = gpuMs,
            WallTimeMs = wallMs,
            VramMb = vramMb,
            Frames = 100,
            Scores = new Dictionary<string, double> { ["likeness"] = likeness },
            CompletedAt = at,
        };

    private static DateTime At(int month, int day, int hour, int minute, int second) => new(2024, month, day, hour, minute, second, DateTimeKind.Utc);
}
