using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;
using PerfDash.Web.Api;
using PerfDash.Web.Api.Responses;
using PerfDash.Web.Features.Alerts;

namespace PerfDash.Web.Features.Notifications;

/// <summary><c>/performance/alerts/deliveries</c>: the notifications sent to each channel.</summary>
internal static class DeliveryEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;
    private const string Route = "/alerts/deliveries";

    public static void MapDeliveries(this IEndpointRouteBuilder api)
    {
        api.MapGet(Route, GetAsync).WithName("GetDeliveries").WithSummary("List notification deliveries, newest first")
            .WithCsv("items", (CursorPage<DeliveryItem> a) => a.Items).WithNextPage((CursorPage<DeliveryItem> a) => a.NextCursor);
        api.MapPost(Route + "/{id:long}/retry", RetryAsync).WithName("RetryDelivery").WithSummary("Retry a failed or withheld notification");
    }

    private static async Task<Results<Ok<CursorPage<DeliveryItem>>, ValidationProblem>> GetAsync(
        string? state,
        [FromQuery(Name = "channel_id")] string? channelId,
        [FromQuery(Name = "incident_id")] string? incidentId,
        string? limit,
        string? cursor,
        DeliveryQueries deliveries,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var filter = new DeliveryFilter(
            AlertRequests.Word<DeliveryState>(state, "state", errors), Number(channelId, "channel_id", errors), Number(incidentId, "incident_id", errors));
        var before = Number(cursor, "cursor", errors);
        var count = Number(limit, "limit", errors) ?? DefaultLimit;
        if (count is < 1 or > MaxLimit)
            errors["limit"] = [$"limit must be from 1 to {MaxLimit}."];
        if (errors.Count > 0)
            return ApiResponses.Invalid(errors);

        var items = await deliveries.GetAsync(filter, before, (int)count, cancellationToken);
        return TypedResults.Ok(new CursorPage<DeliveryItem>(items, items.Count == count ? items[^1].Id.ToString(CultureInfo.InvariantCulture) : null));
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> RetryAsync(long id, HttpContext context, DeliveryQueries deliveries, CancellationToken cancellationToken) =>
        await deliveries.RetryAsync(id, context.Actor(), cancellationToken) switch
        {
            RetryOutcome.Queued => TypedResults.Accepted($"{PerfDashUrls.Api}{Route}"),
            RetryOutcome.NotToBeRetried => TypedResults.Problem(
                "This notification has been delivered, is still pending, was followed by a later one, or its channel is disabled.", statusCode: StatusCodes.Status409Conflict),
            _ => ApiResponses.Unknown($"delivery {id}"),
        };

    private static long? Number(string? text, string field, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (long.TryParse(text, CultureInfo.InvariantCulture, out var number))
            return number;
        errors[field] = [$"{field} must be a whole number."];
        return null;
    }
}
