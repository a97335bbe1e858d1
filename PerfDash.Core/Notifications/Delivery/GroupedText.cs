namespace PerfDash.Core.Notifications.Delivery;

/// <summary>Words for one or many changes of the same event.</summary>
internal static class GroupedText
{
    /// <summary>Changes that are listed; the rest are counted.</summary>
    public const int Listed = 20;

    /// <summary>The title of the one, or how many there are.</summary>
    public static string TitleOf(IReadOnlyList<OutgoingMessage> messages) => messages.Count == 1
        ? messages[0].Title
        : $"{messages.Count} alerts {messages[0].Event["alert.".Length..]}{CriticalOf(messages)}";

    /// <summary>A line each, and how many more there are.</summary>
    public static IReadOnlyList<string> LinesOf(IReadOnlyList<OutgoingMessage> messages)
    {
        if (messages.Count == 1)
            return [messages[0].Text];
        var lines = messages.Take(Listed).Select(m => m.Title).ToList();
        if (messages.Count > Listed)
            lines.Add($"… and {messages.Count - Listed} more.");
        return lines;
    }

    /// <summary>Where the one is shown, or all of them; null where the dashboard's address is not configured.</summary>
    public static string? UrlOf(IReadOnlyList<OutgoingMessage> messages) =>
        messages.Count == 1 ? messages[0].Url : messages[0].Url?.Split('?')[0];

    /// <summary>Red for critical, amber for warning, green when it is over.</summary>
    public static int ColorOf(IReadOnlyList<OutgoingMessage> messages) => (messages[0].Event, messages.Any(m => m.IsCritical)) switch
    {
        ("alert.resolved", _) => 0x2E7D32,
        (_, true) => 0xC62828,
        _ => 0xF9A825,
    };

    private static string CriticalOf(IReadOnlyList<OutgoingMessage> messages)
    {
        var critical = messages.Count(m => m.IsCritical);
        return critical > 0 && messages[0].Event == "alert.opened" ? $", {critical} of them critical" : "";
    }
}
