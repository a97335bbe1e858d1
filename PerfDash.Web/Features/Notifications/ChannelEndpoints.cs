using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
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
            .Accepts<ChannelInput>("application/json").Produces<ChannelItem>(201).ProducesValidationProblem();
        api.MapGet(RouteOfOne, GetAsync).WithName("GetChannel").WithSummary("Get a notification channel");
        api.MapPut(RouteOfOne, UpdateAsync).WithName("UpdateChannel").WithSummary("Update a notification channel. Omitted fields keep their values")
            .Accepts<ChannelInput>("application/json").Produces<ChannelItem>().ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        api.MapDelete(RouteOfOne, DeleteAsync).WithName("DeleteChannel").WithSummary("Delete a notification channel");
        api.MapPost(RouteOfOne + "/test", TestAsync).WithName("TestChannel").WithSummary("Send a test message");
    }

    private static async Task<Ok<ItemsResponse<ChannelItem>>> GetAllAsync(ChannelService channels, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemsResponse<ChannelItem>(await channels.GetAllAsync(cancellationToken)));

    private static async Task<Results<Ok<ChannelItem>, ProblemHttpResult>> GetAsync(long id, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.GetAsync(id, cancellationToken) is { } channel ? TypedResults.Ok(channel) : Unknown(id);

    private static async Task<IResult> CreateAsync(
        HttpRequest request, ClaimsPrincipal user, ChannelService channels, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var (input, refusal) = await ReadAsync(request, json.Value, cancellationToken);
        if (input is null)
            return refusal!;
        return await channels.CreateAsync(input, NameOf(user), cancellationToken) switch
        {
            ChannelChange.Done done => TypedResults.Created($"{PerfDashUrls.Api}{Route}/{done.Channel.Id}", done.Channel),
            ChannelChange.Invalid invalid => ApiResponses.Invalid(invalid.Errors),
            var other => throw new InvalidOperationException($"Creating a channel cannot end in {other}."),
        };
    }

    private static async Task<IResult> UpdateAsync(
        long id, HttpRequest request, ClaimsPrincipal user, ChannelService channels, IOptions<JsonOptions> json, CancellationToken cancellationToken)
    {
        var (input, refusal) = await ReadAsync(request, json.Value, cancellationToken);
        if (input is null)
            return refusal!;
        return await channels.UpdateAsync(id, input, NameOf(user), cancellationToken) switch
        {
            ChannelChange.Done done => TypedResults.Ok(done.Channel),
            ChannelChange.Invalid invalid => ApiResponses.Invalid(invalid.Errors),
            ChannelChange.Refused refused => TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict),
            _ => Unknown(id),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        long id, ClaimsPrincipal user, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.DeleteAsync(id, NameOf(user), cancellationToken) switch
        {
            ChannelChange.Done => TypedResults.NoContent(),
            ChannelChange.Refused refused => TypedResults.Problem(refused.Reason, statusCode: StatusCodes.Status409Conflict),
            _ => Unknown(id),
        };

    private static async Task<Results<Ok<ChannelTest>, ProblemHttpResult>> TestAsync(long id, ChannelService channels, CancellationToken cancellationToken) =>
        await channels.TestAsync(id, cancellationToken) is { } result ? TypedResults.Ok(result) : Unknown(id);

    private static async Task<(ChannelInput? Input, IResult? Refusal)> ReadAsync(HttpRequest request, JsonOptions json, CancellationToken cancellationToken)
    {
        var (body, refusal) = await request.ObjectAsync(isOptional: false, cancellationToken);
        if (refusal is not null)
            return (null, refusal);
        try
        {
            return (body.Deserialize<ChannelInput>(json.SerializerOptions), null);
        }
        catch (JsonException e)
        {
            // Its message may repeat what was sent, a secret perhaps.
            var field = e.Path?.TrimStart('$', '.').Split('[')[0];
            return (null, ApiResponses.Invalid(new() { [string.IsNullOrEmpty(field) ? "body" : field] = ["The value has the wrong JSON type."] }));
        }
    }

    private static string NameOf(ClaimsPrincipal user) => user.Identity?.Name ?? "admin";

    private static ProblemHttpResult Unknown(long id) => ApiResponses.Unknown($"channel {id}");
}
