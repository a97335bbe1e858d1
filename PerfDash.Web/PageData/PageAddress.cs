using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace PerfDash.Web.PageData;

/// <summary>
/// Changes of the address of one circuit's page. The browser confirms each only after a round trip; who chooses twice within
/// it gets both, since the second change goes on from what was asked for and not from what is shown yet.
/// </summary>
public sealed class PageAddress : IDisposable
{
    private readonly NavigationManager _navigation;
    private readonly List<string> _unconfirmed = [];

    /// <summary>Follows the circuit's address.</summary>
    public PageAddress(NavigationManager navigation)
    {
        _navigation = navigation;
        _navigation.LocationChanged += OnLocationChanged;
    }

    /// <summary>The address that was asked for last, whether it is shown yet or not.</summary>
    public string Uri => _unconfirmed is [.., var last] ? last : _navigation.Uri;

    /// <summary>What <see cref="Uri"/> says for a name of its query; null where it says nothing.</summary>
    public string? Value(string name) =>
        QueryHelpers.ParseQuery(new Uri(Uri).Query).TryGetValue(name, out var values) && values.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>Changes one part of the query; null takes it away.</summary>
    public void Set(string name, object? value, bool replace = false) => Set(new Dictionary<string, object?> { [name] = value }, replace);

    /// <summary>Changes parts of the query; null takes one away. With <paramref name="replace"/>, going back does not undo it.</summary>
    public void Set(IReadOnlyDictionary<string, object?> values, bool replace = false)
    {
        var changed = _navigation.GetUriWithQueryParameters(Uri, values);
        if (changed == Uri)
            return;
        _unconfirmed.Add(changed);
        _navigation.NavigateTo(changed, replace: replace);
    }

    public void Dispose() => _navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        // Anything else is a link or a step back, after which nothing is waited for any more.
        var confirmed = _unconfirmed.IndexOf(e.Location);
        _unconfirmed.RemoveRange(0, confirmed < 0 ? _unconfirmed.Count : confirmed + 1);
    }
}
