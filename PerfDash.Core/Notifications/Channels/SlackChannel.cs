using System.Globalization;
using System.Text.Json;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Posts what an incoming webhook of Slack takes, in the part of it that Mattermost and Rocket.Chat take too.</summary>
internal sealed class SlackChannel(SsrfSafeHttpClient http) : INotificationChannel
{
    public ChannelKind Kind => ChannelKind.Slack;

    public bool IsForPeople => true;

    public Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        var title = Escape(GroupedText.TitleOf(messages));
        var text = Escape(string.Join('\n', GroupedText.LinesOf(messages)));
        return http.PostJsonAsync(
            settings.Url,
            JsonSerializer.SerializeToUtf8Bytes(new
            {
                text = title,
                attachments = new[]
                {
                    new
                    {
                        fallback = title,
                        color = "#" + GroupedText.ColorOf(messages).ToString("X6", CultureInfo.InvariantCulture),
                        text = GroupedText.UrlOf(messages) is { } url ? $"{text}\n<{Escape(url)}|Open in PerfDash>" : text,
                    },
                },
            }),
            [("Idempotency-Key", messages[0].IdempotencyKey.ToString())],
            cancellationToken);
    }

    // Slack's three characters: without them a name could ping a whole channel.
    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}
