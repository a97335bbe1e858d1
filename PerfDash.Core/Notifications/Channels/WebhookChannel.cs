using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>
/// Posts the change as JSON. <c>X-PerfDash-Signature</c> is the HMAC of the body; <c>X-PerfDash-Timestamp</c> and
/// <c>X-PerfDash-Timestamp-Signature</c>, the HMAC of <c>TIMESTAMP.BODY</c>, let a receiver refuse what is old.
/// </summary>
internal sealed class WebhookChannel(SsrfSafeHttpClient http, TimeProvider time) : INotificationChannel
{
    public ChannelKind Kind => ChannelKind.Webhook;

    public bool IsForPeople => false;

    public Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        var message = messages.Single();
        var now = time.GetUtcNow();
        var body = BodyOf(message.Body, now);
        return http.PostJsonAsync(settings.Url, body, HeadersOf(message, body, settings.Secret, now), cancellationToken);
    }

    private static byte[] BodyOf(JsonElement stored, DateTimeOffset now)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", stored.GetProperty("event").GetString());
            foreach (var property in stored.EnumerateObject().Where(p => !p.NameEquals("event")))
                property.WriteTo(json);
            json.WriteString("sent_at", now.UtcDateTime);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static IEnumerable<(string, string)> HeadersOf(OutgoingMessage message, byte[] body, string? secret, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        yield return ("Idempotency-Key", message.IdempotencyKey.ToString());
        yield return ("X-PerfDash-Event", message.Event);
        yield return ("X-PerfDash-Timestamp", timestamp);
        if (string.IsNullOrEmpty(secret))
            yield break;
        var key = Encoding.UTF8.GetBytes(secret);
        yield return ("X-PerfDash-Signature", Sign(key, body));
        yield return ("X-PerfDash-Timestamp-Signature", Sign(key, [.. Encoding.ASCII.GetBytes(timestamp + "."), .. body]));
    }

    private static string Sign(byte[] key, byte[] what) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(key, what));
}
