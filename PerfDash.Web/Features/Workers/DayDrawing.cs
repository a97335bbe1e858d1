using System.Globalization;
using PerfDash.Core.Workers;

namespace PerfDash.Web.Features.Workers;

/// <summary>A day of a worker as bars on an axis of minutes: the stretches in which it generated, and beneath them its jobs, those that overlap one below the other.</summary>
/// <param name="Lanes">Lanes of jobs, at least 1.</param>
/// <param name="Bars">The jobs that are drawn.</param>
/// <param name="Generating">Where it generated, overlaps merged.</param>
/// <param name="Undrawn">Jobs that are in the table but not drawn.</param>
public sealed record DayDrawing(int Lanes, IReadOnlyList<DayBar> Bars, IReadOnlyList<(double Left, double Width)> Generating, int Undrawn)
{
    /// <summary>Length of the axis.</summary>
    public const double Minutes = 1440;

    /// <summary>Jobs drawn at most.</summary>
    public const int MostBars = 2_000;

    /// <summary>Lanes at most; what overlaps beyond that lies on the last one.</summary>
    public const int MostLanes = 8;

    // Narrower than this nothing is seen.
    private const double LeastWidth = 1.5;

    public static DayDrawing From(WorkerDay day)
    {
        var start = day.Passed.From.UtcDateTime;
        List<DayBar> bars = [];
        List<double> laneEnds = [];
        foreach (var job in day.Jobs.Take(MostBars))
        {
            var (left, width) = Place(At(job.StartedAt), At(job.EndedAt));
            var lane = laneEnds.FindIndex(end => end <= left);
            if (lane < 0)
            {
                lane = Math.Min(laneEnds.Count, MostLanes - 1);
                if (lane == laneEnds.Count)
                    laneEnds.Add(0);
            }

            laneEnds[lane] = Math.Max(laneEnds[lane], left + width);
            bars.Add(new DayBar(job, lane, left, width));
        }

        return new(
            Math.Max(1, laneEnds.Count), bars, [.. day.Generating.Select(g => Place(At(g.From.UtcDateTime), At(g.To.UtcDateTime)))], day.Jobs.Count - bars.Count);

        double At(DateTime moment) => Math.Clamp((moment - start).TotalMinutes, 0, Minutes);
    }

    /// <summary>Where a moment of the day stands on the axis.</summary>
    public static double MinuteOf(DateTime moment, TimeRange day) => Math.Clamp((moment - day.From.UtcDateTime).TotalMinutes, 0, Minutes);

    /// <summary>A length of the axis as SVG has it.</summary>
    public static string Svg(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static (double Left, double Width) Place(double from, double to) => (Math.Min(from, Minutes - LeastWidth), Math.Max(LeastWidth, to - from));
}

/// <summary>A job on the axis.</summary>
/// <param name="Lane">Its lane, from 0.</param>
/// <param name="Left">Where it starts, minutes.</param>
/// <param name="Width">How long it is, minutes, enough to be seen.</param>
public sealed record DayBar(DayJob Job, int Lane, double Left, double Width);
