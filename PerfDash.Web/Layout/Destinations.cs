using MudBlazor;

namespace PerfDash.Web.Layout;

/// <summary>A page one can go to from everywhere.</summary>
/// <param name="Title">Its name in the navigation.</param>
/// <param name="Address">Its address without a query.</param>
/// <param name="Key">The letter that follows <c>g</c> on the keyboard.</param>
public sealed record Destination(string Title, string Address, string Icon, char Key)
{
    /// <summary>All of them, in the order of the navigation.</summary>
    public static IReadOnlyList<Destination> All { get; } =
    [
        new("Overview", PerfDashUrls.Overview, Icons.Material.Outlined.Dashboard, 'o'),
        new("Workflows", PerfDashUrls.Workflows, Icons.Material.Outlined.AccountTree, 'w'),
        new("Quality", PerfDashUrls.Quality, Icons.Material.Outlined.Verified, 'q'),
        new("Compare", PerfDashUrls.Compare, Icons.Material.Outlined.CompareArrows, 'c'),
        new("Workers", PerfDashUrls.Workers, Icons.Material.Outlined.Memory, 'k'),
        new("Jobs", PerfDashUrls.Jobs, Icons.Material.Outlined.ViewList, 'j'),
        new("Estimate", PerfDashUrls.Estimate, Icons.Material.Outlined.Timer, 'e'),
        new("Alerts", PerfDashUrls.Alerts, Icons.Material.Outlined.NotificationsActive, 'a'),
        new("Collection", PerfDashUrls.Collection, Icons.Material.Outlined.MoveToInbox, 'l'),
        new("Settings", PerfDashUrls.Settings, Icons.Material.Outlined.Settings, 's'),
    ];
}
