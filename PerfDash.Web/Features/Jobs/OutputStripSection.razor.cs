using Microsoft.AspNetCore.Components;
using PerfDash.Core.Sources;

namespace PerfDash.Web.Features.Jobs;

/// <summary>
/// Images that jobs of several sides made, with their scores. Nothing is shown without images. Loads independently of the rest of
/// the page.
/// </summary>
public sealed partial class OutputStripSection(OutputStripQueries strips) : DashboardComponent
{
    private IReadOnlyList<OutputStripSide> _sides = [];
    private IReadOnlyList<IReadOnlyList<OutputImage>> _strips = [];
    private string? _score;

    /// <summary>The sides, one row each.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<OutputStripSide> Sides { get; set; }

    /// <summary>The score shown under the images; null for the newest images without a score.</summary>
    [Parameter]
    public string? Score { get; set; }

    /// <summary>Whether the page is dark.</summary>
    [CascadingParameter(Name = "IsDarkMode")]
    public bool IsDarkMode { get; set; }

    // The ends of ranges move while jobs complete, which alone is no other choice: a page that shows something else has another section.
    protected override object? Choice => (Score, string.Join(',', Sides.Select(s => s.WorkflowId)));

    // Images that change under the reader's eyes help nobody.
    protected override TimeSpan LeastAge => TimeSpan.FromMinutes(1);

    private bool HasImages => _strips.Any(s => s.Count > 0);

    private string Note => _score is null
        ? $"At most {OutputStripQueries.MostImages} of the newest jobs with an image, the newest first."
        : $"At most {OutputStripQueries.MostImages} of the newest jobs with this score and an image, from the lowest score to the highest.";

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var (sides, score) = (Sides, Score);
        var request = new OutputStripRequest([.. sides.Select(s => new OutputSide(s.WorkflowId, s.Range))], score);
        var found = await Loader.SharedAsync(request, strips.GetAsync, filter, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_sides, _strips, _score) = (sides, found, score);
    }
}

/// <summary>One row of images.</summary>
/// <param name="Range">When the jobs completed; null for the range of the header.</param>
/// <param name="Color">As on the page's charts.</param>
public sealed record OutputStripSide(string Name, long WorkflowId, TimeRange? Range, string Color);
