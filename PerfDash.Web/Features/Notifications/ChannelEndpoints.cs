using Microsoft.AspNetCore.Http.HttpResults;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Features.Notifications;

/// <summary><c>/performance/alerts/channels</c>: where notifications go.</summary>
internal static class ChannelEndpoints
{
    private const string Route = "/alerts/channels";
    private const string RouteOfOne = Route + "/{id:long}";

    public static void MapChannels(this IEndpointRouteBuilder api)
    {
        api.MapGet(Route, GetAllAsync).WithName("GetChannels").WithSummary("List notification channels")
            .WithCsv("items", (ItemsResponse<ChannelItem> a) => a.Items);
        api.MapPost(Route, CreateAsync).WithName("CreateChannel").WithSummary("Create a notification channel")
            .Accepts<ChannelInput>("application/json").Produces<ChannelItem>(201).ProducesValidationProblem().RequireAuthorization(Policies.Admin);
        api.MapGet(RouteOfOne, GetAsync).WithName("GetChannel").WithSummary("Get a notification channel");
        api.MapPut(RouteOfOne, UpdateAsync).WithName("UpdateChannel").WithSummary("Update a notification channel. Omitted fields keep their values")
            .Accepts<ChannelInput>("application/json").Produces<ChannelItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409).RequireAuthorization(Policies.Admin);
        api.MapDelete(RouteOfOne, DeleteAsync).WithName("DeleteChannel").WithSummary("Delete a notification channel").RequireAuthorization(Policies.Admin);
        api.MapPost(RouteOfOne + "/test", TestAsync).WithName("TestChannel").WithSummary("Send a test message").RequireAuthorization(Policies.Admin);
    }

    private static async Task<Ok<ItemsResponse<ChannelItem>>> GetAllAsync(ChannelService channels, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<ChannelItem>(await channels.GetAllAsync(cancellationToken)));

    private static async Task<Results<Ok<ChannelItem>, ProblemHttpResult>> GetAsync(long id, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.GetAsync(id, cancellationToken) is { } channel ? TypedResults.Ok(channel) : Unknown(id);

    private static async Task<IResult> CreateAsync(
        HttpContext context, ChannelService channels, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<ChannelInput>(cancellationToken);
        if (input is null)
            return refusal!;
        return await channels.CreateAsync(input, context.Actor(), cancellationToken) switch
        {
            ChannelChange.Done done => TypedResults.Created($"{PerfDashUrls.Api}{Route}/{done.Channel.Id}", done.Channel),
            ChannelChange.Invalid invalid => ApiResponses.Invalid(invalid.Errors),
            var other => throw new InvalidOperationException($"Creating a channel cannot end in {other}."),
        };
    }

    private static async Task<IResult> UpdateAsync(
        long id, HttpContext context, ChannelService channels, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<ChannelInput>(cancellationToken);
        if (input is null)
            return refusal!;
        return await channels.UpdateAsync(id, input, context.Actor(), cancellationToken) switch
        {
            ChannelChange.Done done => TypedResults.Ok(done.Channel),
            ChannelChange.Invalid invalid => ApiResponses.Invalid(invalid.Errors),
            ChannelChange.Refused refused => TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict),
            _ => Unknown(id),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        long id, HttpContext context, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.DeleteAsync(id, context.Actor(), cancellationToken) switch
        {
            ChannelChange.Done => TypedResults.NoContent(),
            ChannelChange.Refused refused => TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict),
            _ => Unknown(id),
        };

    private static async Task<Results<Ok<ChannelTest>, ProblemHttpResult>> TestAsync(long id, HttpContext context, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.TestAsync(id, context.Actor(), cancellationToken) is { } result ? TypedResults.Ok(result) : Unknown(id);

    private static ProblemHttpResult Unknown(long id) => ApiResponses.Unknown($"channel {id}");
}
