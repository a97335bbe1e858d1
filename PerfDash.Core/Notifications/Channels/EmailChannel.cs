using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Sends e-mail over the configured server: plain text, one message to all recipients.</summary>
internal sealed class EmailChannel(IOptions<NotificationOptions> options, TimeProvider time) : INotificationChannel
{
    public ChannelKind Kind => ChannelKind.Email;

    public bool IsForPeople => true;

    public async Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
    {
        var smtp = options.Value.Smtp;
        if (smtp.Host.Length == 0)
            throw new DeliveryException($"No mail server is configured: set {NotificationOptions.Section}:Smtp:Host.") { IsRefusal = true };
        using var mail = MailOf(settings, messages, smtp);
        using var client = new SmtpClient();
        try
        {
            await client.ConnectAsync(smtp.Host, smtp.Port, SecurityOf(smtp), cancellationToken);
            if (smtp.Username.Length > 0)
                await client.AuthenticateAsync(smtp.Username, smtp.Password, cancellationToken);
            await client.SendAsync(mail, cancellationToken);
        }
        catch (SmtpCommandException e)
        {
            // 4xx: later perhaps; 5xx: never.
            throw new DeliveryException($"The mail server answered {(int)e.StatusCode}: {e.Message}", e) { IsRefusal = (int)e.StatusCode >= 500 };
        }
        catch (Exception e) when (e is IOException or SocketException or ProtocolException or AuthenticationException or SslHandshakeException or NotSupportedException or ServiceNotConnectedException)
        {
            throw new DeliveryException($"Could not send through the mail server: {e.Message}", e);
        }

        try
        {
            await client.DisconnectAsync(quit: true, cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException or ProtocolException or CommandException)
        {
            // The message is taken; how the server hangs up is its own affair.
        }
    }

    private MimeMessage MailOf(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, SmtpOptions smtp)
    {
        var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(smtp.From));
        mail.To.AddRange(settings.Recipients.Select(MailboxAddress.Parse));
        mail.Subject = "[PerfDash] " + string.Concat(GroupedText.TitleOf(messages).Select(c => char.IsControl(c) ? ' ' : c));
        mail.Date = time.GetUtcNow();
        // The same with every attempt: most mail programs show a repetition once.
        mail.MessageId = $"{messages[0].IdempotencyKey}@perfdash";
        mail.Headers.Add("Idempotency-Key", messages[0].IdempotencyKey.ToString());
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        var lines = GroupedText.LinesOf(messages);
        mail.Body = new TextPart("plain") { Text = string.Join("\r\n", [GroupedText.TitleOf(messages), "", .. lines, .. GroupedText.UrlOf(messages) is { } url ? new[] { "", url } : []]) };
        return mail;
    }

    private static SecureSocketOptions SecurityOf(SmtpOptions smtp) => smtp.Security switch
    {
        SmtpSecurity.None => SecureSocketOptions.None,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.StartTls,
    };
}
