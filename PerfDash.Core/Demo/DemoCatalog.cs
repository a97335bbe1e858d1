namespace PerfDash.Core.Demo;

/// <summary>Who plays in the demo farm: its workflows, workers, projects, characters and scenes.</summary>
public static class DemoCatalog
{
    /// <summary>Workers the farm has before load asks for more.</summary>
    public const int UsualWorkerCount = 12;

    /// <summary>Most workers the farm grows to; beyond that load, jobs overlap on a worker.</summary>
    public const int MaxWorkerCount = 64;

    private const double MeanWallSeconds = 270;
    private const double WantedUtilization = 0.36;

    private static readonly (string Model, int VramMb, double Speed, decimal Price)[] GpuModels =
    [
        ("NVIDIA RTX 4090", 24_564, 1.00, 0.69m),
        ("NVIDIA L40S", 46_068, 0.90, 1.04m),
        ("NVIDIA RTX 3090", 24_576, 0.55, 0.39m),
        ("NVIDIA RTX 4090", 24_564, 0.99, 0.69m),
        ("NVIDIA A100 80GB", 81_920, 1.08, 1.79m),
        ("NVIDIA RTX A6000", 49_140, 0.58, 0.79m),
        ("NVIDIA RTX 4090", 24_564, 1.01, 0.69m),
        ("NVIDIA L40S", 46_068, 0.91, 1.04m),
        ("NVIDIA RTX 3090", 24_576, 0.54, 0.39m),
        ("NVIDIA RTX 4090", 24_564, 1.02, 0.74m),
        ("NVIDIA A100 80GB", 81_920, 1.07, 1.79m),
        ("NVIDIA RTX A6000", 49_140, 0.59, 0.79m),
    ];

    /// <summary>All workflows; a workflow's index is its place here.</summary>
    public static IReadOnlyList<DemoWorkflow> Workflows { get; } = DemoWorkflows.Create();

    /// <summary>Every worker the farm can grow to; the first <see cref="UsualWorkerCount"/> are always there.</summary>
    public static IReadOnlyList<DemoWorker> Workers { get; } = [.. Enumerable.Range(0, MaxWorkerCount).Select(CreateWorker)];

    /// <summary>Project names.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        ["Northlight", "Ember Street", "Tidal Archive", "Glasshouse Season 2", "Paper Moons"];

    /// <summary>Character names.</summary>
    public static IReadOnlyList<string> Characters { get; } =
        ["Mara Voss", "Idris Vale", "Captain Okonkwo", "Lena of the Reeds", "Pip", "The Cartographer", "Sister Aurelia", "Juno-7"];

    /// <summary>Scene names.</summary>
    public static IReadOnlyList<string> Scenes { get; } =
    [
        "Harbour at dawn", "Rooftop chase", "Archive corridor", "Greenhouse", "Market square", "Train compartment",
        "Snowfield", "Control room", "Lighthouse stairs", "Night ferry", "Courtyard duel", "Closing titles",
    ];

    /// <summary>How many workers a farm needs so that jobs hardly overlap, at most <see cref="MaxWorkerCount"/>.</summary>
    /// <param name="jobs">Jobs in the span, at least 0.</param>
    /// <param name="span">Length of the span, above zero.</param>
    public static int WorkersFor(long jobs, TimeSpan span) =>
        (int)Math.Clamp(Math.Ceiling(jobs * MeanWallSeconds / span.TotalSeconds / WantedUtilization), UsualWorkerCount, MaxWorkerCount);

    private static DemoWorker CreateWorker(int index)
    {
        var (model, vramMb, speed, price) = GpuModels[index % GpuModels.Length];
        return new DemoWorker
        {
            Index = index,
            Name = $"render-{index + 1:00}",
            GpuModel = model,
            GpuVramMb = vramMb,
            Speed = speed,
            GpuHourPrice = price,
        };
    }
}
