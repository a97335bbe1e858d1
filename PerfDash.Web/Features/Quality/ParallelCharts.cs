using System.Globalization;
using PerfDash.Core.Quality;
using PerfDash.Web.Charts;

namespace PerfDash.Web.Features.Quality;

/// <summary>Parameters and scores of sampled jobs as parallel axes.</summary>
public static class ParallelCharts
{
    /// <summary>Axes shown where nothing else is chosen.</summary>
    public const int MostAxes = 8;

    private const int MostCategories = 20;
    private const string ScorePrefix = "score ";

    /// <summary>Every axis the sample has: parameters that vary (numbers, or few different texts), then scores.</summary>
    public static IReadOnlyList<ParallelAxis> AxesOf(QualitySample sample)
    {
        List<ParallelAxis> axes = [];
        foreach (var name in Names(sample, j => j.Parameters))
        {
            var values = sample.Jobs.Where(j => j.Parameters.ContainsKey(name)).Select(j => j.Parameters[name]).ToList();
            if (values.All(v => v.Number is not null))
            {
                double[] numbers = [.. values.Select(v => v.Number!.Value)];
                if (numbers.Max() > numbers.Min())
                    axes.Add(new ParallelAxis(name, name, ValueUnit.Number, numbers.Min(), numbers.Max()));
                continue;
            }

            string[] texts = [.. values.Select(v => v.Text).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (texts.Length is > 1 and <= MostCategories)
                axes.Add(new ParallelAxis(name, name, ValueUnit.Number, 0, texts.Length - 1, texts));
        }

        foreach (var name in Names(sample, j => j.Scores))
        {
            double[] numbers = [.. sample.Jobs.Select(j => j.Scores.GetValueOrDefault(name).Number).OfType<double>()];
            if (numbers.Length > 0)
                axes.Add(new ParallelAxis(ScorePrefix + name, name, ValueUnit.Score, numbers.Min(), numbers.Max()));
        }

        return axes;
    }

    /// <summary>The axes to show first: no seeds, and not more than people can follow, the chosen score among them.</summary>
    public static IReadOnlyList<string> DefaultAxes(QualitySample sample, IReadOnlyList<ParallelAxis> axes, string score)
    {
        string[] scores = [.. axes.Where(a => IsScore(a)).OrderBy(a => a.Name == score ? 0 : 1).Select(a => a.Key).Take(MostAxes / 2)];
        string[] parameters =
        [
            .. axes.Where(a => !IsScore(a) && !(a.Categories is null && Relatedness.LooksLikeSeed([.. sample.Jobs.Select(j => j.Parameters.GetValueOrDefault(a.Key).Number).OfType<double>()])))
                // Numbers say most, then names of which there are few.
                .OrderBy(a => a.Categories?.Count ?? 0).Select(a => a.Key).Take(MostAxes - scores.Length),
        ];
        return [.. parameters, .. scores];
    }

    /// <summary>The lines of the sample over the named axes, in the order of <paramref name="axes"/>.</summary>
    public static ParallelInput From(QualitySample sample, IReadOnlyList<ParallelAxis> axes, IReadOnlyCollection<string> keys)
    {
        ParallelAxis[] shown = [.. axes.Where(a => keys.Contains(a.Key))];
        return new ParallelInput(
            shown,
            [
                .. sample.Jobs.Select(job => new ParallelLine(
                    job.JobId.ToString(CultureInfo.InvariantCulture),
                    $"Job {job.JobId}, {job.WorkflowName}",
                    ChartPalette.ColorFor(EntityKind.Workflow, job.WorkflowId),
                    [.. shown.Select(axis => ValueOf(job, axis))])),
            ]);
    }

    /// <summary>Ranges as the address carries them: <c>axis:low:high</c> separated by commas.</summary>
    public static string? Write(IReadOnlyList<ParallelRange> ranges) => ranges.Count == 0 ? null
        : string.Join(',', ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(r.AxisKey)}:{r.Low:G6}:{r.High:G6}")));

    /// <summary>Reads them; what is no range is left out.</summary>
    public static IReadOnlyList<ParallelRange> Read(string? text) =>
    [
        .. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split(':'))
            .Select(p => p.Length == 3 && Number(p[1]) is { } low && Number(p[2]) is { } high ? new ParallelRange(Uri.UnescapeDataString(p[0]), low, high) : null)
            .OfType<ParallelRange>(),
    ];

    /// <summary>True for an axis of a score.</summary>
    public static bool IsScore(ParallelAxis axis) => axis.Key.StartsWith(ScorePrefix, StringComparison.Ordinal) && axis.Unit == ValueUnit.Score;

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : null;

    private static double? ValueOf(SampledJob job, ParallelAxis axis)
    {
        if (IsScore(axis))
            return job.Scores.GetValueOrDefault(axis.Name).Number;
        if (!job.Parameters.TryGetValue(axis.Key, out var value))
            return null;
        return axis.Categories is not { } names ? value.Number : names.Index().Where(n => n.Item == value.Text).Select(n => (double?)n.Index).FirstOrDefault();
    }

    private static IEnumerable<string> Names(QualitySample sample, Func<SampledJob, IReadOnlyDictionary<string, SampledValue>> values) =>
        sample.Jobs.SelectMany(j => values(j).Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}
