using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Sources;
using PerfDash.Core.Sources.Probes;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Settings.Sources;

/// <summary><c>/sources</c>: what PerfDash asks by itself.</summary>
internal static class SourceEndpoints
{
    private const string RouteOfOne = "/{id:long}";
    private const string RouteOfProbe = RouteOfOne + "/probe";
    private const string IsConfigured = $"This source is managed in the configuration ({SourceOptions.Section}). Change it there.";

    public static void MapSources(this IEndpointRouteBuilder routes)
    {
        var sources = routes.MapGroup(PerfDashUrls.SourcesApi).WithResponses().RequireAuthorization(Policies.Admin);
        sources.MapGet("", ListAsync).WithName("ListSources").WithSummary("List sources by name").WithCsv("items", (ItemsResponse<SourceItem> a) => a.Items);
        sources.MapPost("", CreateAsync).WithName("CreateSource").WithSummary("Create a source. PerfDash follows it within seconds")
            .Accepts<SourceInput>("application/json").Produces<SourceItem>(201).ProducesValidationProblem();
        sources.MapGet(RouteOfOne, GetAsync).WithName("GetSource").WithSummary("Get a source");
        sources.MapPut(RouteOfOne, UpdateAsync).WithName("UpdateSource").WithSummary("Update a source. Omitted fields keep their values")
            .Accepts<SourceInput>("application/json").Produces<SourceItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        sources.MapDelete(RouteOfOne, DeleteAsync).WithName("DeleteSource").WithSummary("Delete a source. Its jobs stay").Produces(204).ProducesProblem(404).ProducesProblem(409);
        sources.MapPost(RouteOfOne + "/test", TestAsync).WithName("TestSource").WithSummary("Ask the server of a source now");
        sources.MapGet(RouteOfProbe, GetProbeAsync).WithName("GetSourceProbe").WithSummary("Get the golden probe of a source, with its latest 200 runs")
            .WithCsv("runs", (ProbeDetail a) => a.Runs);
        sources.MapPost(RouteOfProbe, RequestProbeAsync).WithName("RunSourceProbe").WithSummary("Ask for a run of the golden probe. It is submitted when the server's queue is empty")
            .Produces(202).ProducesProblem(404).ProducesProblem(409);
        routes.MapGroup(PerfDashUrls.SourcesApi).MapUnknown();
    }

    private static async Task<Ok<ItemsResponse<SourceItem>>> ListAsync(HttpContext context, SourceService sources, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<SourceItem>(await sources.ListAsync(context.Actor(), cancellationToken)));

    private static async Task<Results<Ok<SourceItem>, ProblemHttpResult>> GetAsync(long id, HttpContext context, SourceService sources, CancellationToken cancellationToken) =>
        await sources.FindAsync(id, context.Actor(), cancellationToken) is { } source ? TypedResults.Ok(source) : Unknown(id);

    private static async Task<IResult> CreateAsync(HttpContext context, SourceService sources, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<SourceInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var made = await sources.CreateAsync(input, context.Actor(), cancellationToken);
        return made.Item is { } source ? TypedResults.Created($"{PerfDashUrls.SourcesApi}/{source.Id}", source) : Refusal(made, 0);
    }

    private static async Task<IResult> UpdateAsync(long id, HttpContext context, SourceService sources, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<SourceInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var changed = await sources.UpdateAsync(id, input, context.Actor(), cancellationToken);
        return changed.Item is { } source ? TypedResults.Ok(source) : Refusal(changed, id);
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext context, SourceService sources, CancellationToken cancellationToken) =>
        await sources.DeleteAsync(id, context.Actor(), cancellationToken) switch
        {
            EditStatus.Done => TypedResults.NoContent(),
            EditStatus.Conflict => ApiResponses.Conflict(IsConfigured),
            _ => Unknown(id),
        };

    private static async Task<Results<Ok<SourceTest>, ProblemHttpResult>> TestAsync(long id, HttpContext context, SourceService sources, CancellationToken cancellationToken) =>
        await sources.TestAsync(id, context.Actor(), cancellationToken) is { } test ? TypedResults.Ok(test) : Unknown(id);

    private static async Task<Results<Ok<ProbeDetail>, ProblemHttpResult>> GetProbeAsync(long id, HttpContext context, ProbeService probes, CancellationToken cancellationToken) =>
        await probes.FindAsync(id, context.Actor(), cancellationToken) is { } probe ? TypedResults.Ok(probe) : Unknown(id);

    private static async Task<IResult> RequestProbeAsync(long id, HttpContext context, ProbeService probes, CancellationToken cancellationToken) =>
        await probes.RequestAsync(id, context.Actor(), cancellationToken) switch
        {
            (EditStatus.Done, _) => TypedResults.Accepted((string?)null),
            (EditStatus.Conflict, var reason) => ApiResponses.Conflict(reason!),
            _ => Unknown(id),
        };

    private static IResult Refusal(EditResult<SourceItem> result, long id) => result.Refusal($"source {id}", IsConfigured);

    private static ProblemHttpResult Unknown(long id) => ApiResponses.Unknown($"source {id}");
}
