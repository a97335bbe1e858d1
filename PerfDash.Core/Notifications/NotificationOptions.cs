using System.ComponentModel.DataAnnotations;

namespace PerfDash.Core.Notifications;

/// <summary>Settings of notifications, section <c>PerfDash:Notifications</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Notifications";

    /// <summary>
    /// Whether webhooks may go to private, loopback and other addresses that are not of the public internet. Off by
    /// default, because whoever may set up a channel could else reach what only this machine can.
    /// </summary>
    public bool AllowPrivateNetworks { get; set; }

    /// <summary>Where people open this dashboard, for the link in a notification; blank: no link.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>How long one attempt may take, 1 second to 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Webhooks that are channels without being set up in the application.</summary>
    public IList<WebhookOptions> Webhooks { get; } = [];

    /// <summary>The server that takes e-mail.</summary>
    public SmtpOptions Smtp { get; set; } = new();

    /// <summary>How long a claimed delivery is another instance's business: longer than an attempt can take.</summary>
    internal TimeSpan Lease => (SendTimeout * 2) + TimeSpan.FromSeconds(5);
}

/// <summary>A webhook of the configuration, <c>PerfDash:Notifications:Webhooks:0</c> and on.</summary>
public sealed class WebhookOptions
{
    /// <summary>What the channel is called; blank: its host.</summary>
    public string Name { get; set; } = "";

    /// <summary>Where to send, http or https.</summary>
    public string Url { get; set; } = "";

    /// <summary>Signs each message; blank: not signed.</summary>
    public string Secret { get; set; } = "";
}

/// <summary>How e-mail is handed over, <c>PerfDash:Notifications:Smtp</c>.</summary>
public sealed class SmtpOptions
{
    /// <summary>Host of the server; blank: there is no e-mail.</summary>
    public string Host { get; set; } = "";

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary>How the connection is protected.</summary>
    public SmtpSecurity Security { get; set; } = SmtpSecurity.StartTls;

    /// <summary>Signs in; blank: without.</summary>
    public string Username { get; set; } = "";

    /// <summary>Of the user.</summary>
    public string Password { get; set; } = "";

    /// <summary>Sender of every message, such as <c>PerfDash &lt;perfdash@example.com&gt;</c>.</summary>
    public string From { get; set; } = "";
}

/// <summary>How the connection to the mail server is protected.</summary>
public enum SmtpSecurity
{
    /// <summary>In the clear: only within a machine or a trusted network.</summary>
    None,

    /// <summary>In the clear at first, then TLS, and not without it.</summary>
    StartTls,

    /// <summary>TLS from the start, usually port 465.</summary>
    Tls,
}
