using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;

namespace PerfDash.Web.Api.Responses;

/// <summary>
/// The query parameters of every route, as the framework describes them for the API's document. One that a route does not
/// have is refused: whoever wrote it believes that it counts.
/// </summary>
internal sealed class KnownParameters(IApiDescriptionGroupCollectionProvider descriptions)
{
    /// <summary>Range and filters, which a caller may send to every route alike, also where they change nothing.</summary>
    private static readonly string[] Common = ["from", "to", "project_id", "workflow_id", "worker_id", "resolution_tier", "run_class"];

    private readonly Lazy<ILookup<string, string>> _byEndpoint = new(() => descriptions.ApiDescriptionGroups.Items
        .SelectMany(group => group.Items)
        .SelectMany(
            description => description.ParameterDescriptions.Where(p => p.Source == BindingSource.Query),
            (description, parameter) => (Endpoint: NameOf(description.ActionDescriptor.EndpointMetadata), parameter.Name))
        .ToLookup(p => p.Endpoint, p => p.Name, StringComparer.Ordinal));

    /// <summary>The names a route takes.</summary>
    public IReadOnlyList<string> For(Endpoint route, bool isRead)
    {
        var lists = route.Metadata.GetOrderedMetadata<CsvList>();
        return [.. _byEndpoint.Value[NameOf(route.Metadata)], .. isRead ? ["format"] : Array.Empty<string>(), .. lists.Count > 1 ? ["list"] : Array.Empty<string>()];
    }

    /// <summary>What of a request's query its route does not have, as errors by name.</summary>
    public Dictionary<string, string[]> Unknown(HttpContext context)
    {
        var errors = new Dictionary<string, string[]>();
        if (context.Request.Query.Count == 0 || context.GetEndpoint() is not { } route)
            return errors;
        var method = context.Request.Method;
        var known = For(route, HttpMethods.IsGet(method) || HttpMethods.IsHead(method));
        foreach (var name in context.Request.Query.Keys.Where(k => k != "list" && !IsForOthers(k)))
        {
            if (!known.Concat(Common).Contains(name, StringComparer.OrdinalIgnoreCase))
                errors[name] = [$"{name} is not a parameter of this route{NearestName.Suggestion(name, known)}"];
        }

        return errors;
    }

    // Links carry marks for the statistics of whoever sent them, and scripts a number that defeats caches.
    internal static bool IsForOthers(string name) =>
        name.Length == 0 || name[0] == '_' || name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || name is "gclid" or "fbclid" or "msclkid";

    private static string NameOf(IEnumerable<object> metadata) => metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName ?? "";
}
