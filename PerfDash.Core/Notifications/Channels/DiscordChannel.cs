using System.Text.Json;
using System.Text.RegularExpressions;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Posts what a webhook of Discord takes.</summary>
internal sealed partial class DiscordChannel(SsrfSafeHttpClient http) : INotificationChannel
{
    // Discord refuses longer ones.
    private const int MaxTitle = 256;
    private const int MaxDescription = 4096;

    public ChannelKind Kind => ChannelKind.Discord;

    public bool IsForPeople => true;

    public Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken) =>
        http.PostJsonAsync(
            settings.Url,
            JsonSerializer.SerializeToUtf8Bytes(new
            {
                username = "PerfDash",
                embeds = new[]
                {
                    new
                    {
                        title = Cut(Escape(GroupedText.TitleOf(messages)), MaxTitle),
                        description = Cut(Escape(string.Join('\n', GroupedText.LinesOf(messages))), MaxDescription),
                        url = GroupedText.UrlOf(messages),
                        color = GroupedText.ColorOf(messages),
                    },
                },
                // No name of a workflow may ping anybody.
                allowed_mentions = new { parse = Array.Empty<string>() },
            }),
            [("Idempotency-Key", messages[0].IdempotencyKey.ToString())],
            cancellationToken);

    private static string Escape(string text) => Markdown().Replace(text, @"\$0");

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..(length - 1)].TrimEnd('\\') + "…";

    [GeneratedRegex(@"[\\*_~`|>\[\]]")]
    private static partial Regex Markdown();
}
