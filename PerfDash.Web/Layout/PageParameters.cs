using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using PerfDash.Web.Api.Responses;

namespace PerfDash.Web.Layout;

/// <summary>Names the sections of a page that read parameters of its address themselves.</summary>
/// <param name="sections">The types of these components.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PageSectionsAttribute(params Type[] sections) : Attribute
{
    /// <summary>The types of these components.</summary>
    public IReadOnlyList<Type> Sections { get; } = sections;
}

/// <summary>The query parameters that the address of a page can have.</summary>
public static class PageParameters
{
    // Charts name their own: see ChartCard.AddressName.
    private static readonly string[] ChartPrefixes = ["series_", "axis_"];

    private static readonly ConcurrentDictionary<Type, IReadOnlyList<string>> Known = new();

    /// <summary>The names a page takes besides those of its charts: of the header, of its own and of its sections.</summary>
    public static IReadOnlyList<string> Names(Type page) => Known.GetOrAdd(page, static type =>
        [.. PageQuery.Names.Concat(Own(type)).Concat((type.GetCustomAttribute<PageSectionsAttribute>()?.Sections ?? []).SelectMany(Own)).Distinct(StringComparer.OrdinalIgnoreCase)]);

    /// <summary>The parameters that a component reads from the address itself.</summary>
    public static IEnumerable<string> Own(Type component) => component.GetProperties()
        .Where(p => p.IsDefined(typeof(SupplyParameterFromQueryAttribute)))
        .Select(p => p.GetCustomAttribute<SupplyParameterFromQueryAttribute>()!.Name ?? p.Name);

    /// <summary>The parameters of an address that its page does not have.</summary>
    /// <param name="uri">Its address.</param>
    public static IReadOnlyList<UnknownParameter> Unknown(Type page, string uri)
    {
        var names = Names(page);
        return
        [
            .. QueryHelpers.ParseQuery(new Uri(uri).Query).Keys
                .Where(name => !KnownParameters.IsForOthers(name) && !names.Contains(name, StringComparer.OrdinalIgnoreCase)
                    && !ChartPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                .Select(name => new UnknownParameter(name, NearestName.Find(name, names))),
        ];
    }
}

/// <summary>A parameter of an address that its page does not have.</summary>
/// <param name="Name">Its name, as it stands in the address.</param>
/// <param name="Nearest">The name that was probably meant; null where none is close.</param>
public sealed record UnknownParameter(string Name, string? Nearest);
