using Bunit;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Sources;
using PerfDash.Web.Features.Jobs;
using PerfDash.Web.PageData;

namespace PerfDash.Tests.Components.Jobs;

/// <summary>Images beside scores.</summary>
public sealed class OutputStripTests : PageContext
{
    private static readonly IReadOnlyList<OutputImage> Two = [new(7, 0, 0.5), new(8, 2, 0.914)];

    [Fact]
    public void An_image_has_its_score_and_leads_to_its_job()
    {
        var strip = RenderStrip(Two, "face_confidence");
        Assert.Equal(["0.50", "0.91"], strip.FindAll("figcaption").Select(c => c.TextContent));
        var link = strip.FindAll("a")[1];
        Assert.Equal("/jobs/8?from=now-7d", link.GetAttribute("href"));
        var image = link.QuerySelector("img")!;
        Assert.Equal(("/performance/job/8/outputs/2", "Output of job 8, face confidence 0.91", "lazy"), (image.GetAttribute("src"), image.GetAttribute("alt"), image.GetAttribute("loading")));
        Assert.Equal("Outputs of <b>", strip.Find("ul").GetAttribute("aria-label"));
    }

    [Fact]
    public void Without_scores_a_job_is_named_and_without_images_there_is_nothing()
    {
        var strip = RenderStrip([new(7, 0, null)], null);
        Assert.Equal("#7", strip.Find("figcaption").TextContent);
        Assert.Equal("Output of job 7", strip.Find("img").GetAttribute("alt"));
        Assert.Equal("", RenderStrip([], "likeness").Markup.Trim());
    }

    [Fact]
    public async Task What_cannot_be_shown_has_a_placeholder_until_images_are_loaded_anew()
    {
        var strip = RenderStrip(Two, "likeness");
        await strip.Find("img").TriggerEventAsync("onerror", new Microsoft.AspNetCore.Components.Web.ErrorEventArgs());
        Assert.Equal("Output of job 7, likeness 0.50, which cannot be shown now", strip.Find("[data-test=output-missing]").GetAttribute("aria-label"));
        Assert.Single(strip.FindAll("img"));
        Assert.Equal(2, strip.FindAll("a").Count);

        strip.Render(p => p.Add(c => c.Images, Two));
        Assert.Single(strip.FindAll("img"));
        strip.Render(p => p.Add(c => c.Images, [.. Two]));
        Assert.Equal(2, strip.FindAll("img").Count);
    }

    [Fact]
    public void Images_that_cannot_be_loaded_are_an_error_of_their_section_alone()
    {
        using var away = TestDatabase.ServicesOver("Host=127.0.0.1;Port=1;Database=x;Username=x;Timeout=5");
        Services.AddSingleton(away.GetRequiredService<OutputStripQueries>());
        _ = Popovers;
        var section = Render<OutputStripSection>(p => p.Add(c => c.Sides, [new("A", 1, null, "#000000")]).AddCascadingValue(PageQuery.Parse("http://localhost/")));
        section.WaitForAssertion(() => Assert.Contains("The database cannot be reached.", section.Find("[data-test=error]").TextContent, StringComparison.Ordinal), Eventually.Limit);
        Assert.Empty(section.FindAll("section"));
    }

    private IRenderedComponent<OutputStrip> RenderStrip(IReadOnlyList<OutputImage> images, string? score) => Render<OutputStrip>(p => p
        .Add(c => c.Label, "Outputs of <b>").Add(c => c.Images, images).Add(c => c.Score, score).Add(c => c.QueryString, "?from=now-7d"));
}
