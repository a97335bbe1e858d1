using MimeKit;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>The settings of a channel as the API or a dialog sends them. An update keeps the values of fields that are null.</summary>
public sealed record ChannelInput
{
    /// <summary><c>webhook</c>, <c>slack</c>, <c>discord</c> or <c>email</c>; fixed once it is made.</summary>
    public string? Kind { get; init; }

    /// <summary>Name, 1 to 100 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Where to send, http or https; not for e-mail.</summary>
    public string? Url { get; init; }

    /// <summary>Signs the messages of a webhook; blank: not signed.</summary>
    public string? Secret { get; init; }

    /// <summary>Addresses of e-mail, 1 to 50.</summary>
    public IReadOnlyList<string>? Recipients { get; init; }

    /// <summary><c>warning</c> (default) or <c>critical</c>.</summary>
    public string? MinimumSeverity { get; init; }

    /// <summary>Default true.</summary>
    public bool? Enabled { get; init; }

    /// <summary>Nothing of it: it holds secrets.</summary>
    public override string ToString() => nameof(ChannelInput);

    /// <summary>What is wrong, by field; empty when nothing is.</summary>
    /// <param name="kind">What the channel is, or is to be.</param>
    /// <param name="isNew">Whether it is made: then a target is required.</param>
    /// <param name="options">Settings of notifications.</param>
    internal Dictionary<string, string[]> Check(ChannelKind? kind, bool isNew, NotificationOptions options)
    {
        var errors = new Dictionary<string, string[]>();
        if (isNew && !ChannelKinds.Makeable.Any(k => k == kind))
            errors["kind"] = [$"kind must be one of {string.Join(", ", ChannelKinds.Makeable.Select(k => k.ToText()))}."];
        else if (!isNew && Kind is not null && Kind != kind?.ToText())
            errors["kind"] = ["kind cannot be changed; create another channel."];
        if (Name is null ? isNew : Name.Trim().Length is 0 or > 100 || Name.Any(char.IsControl))
            errors["name"] = ["name is required: 1 to 100 characters."];
        if (MinimumSeverity is not null && EnumText.Find<AlertSeverity>(MinimumSeverity) is null)
            errors["minimum_severity"] = ["minimum_severity must be warning or critical."];
        if (kind == ChannelKind.Email)
            CheckEmail(isNew, options, errors);
        else if (kind is ChannelKind.Webhook or ChannelKind.Slack or ChannelKind.Discord)
            CheckWebhook(kind.Value, isNew, options, errors);
        return errors;
    }

    private void CheckWebhook(ChannelKind kind, bool isNew, NotificationOptions options, Dictionary<string, string[]> errors)
    {
        if (Recipients is not null)
            errors["recipients"] = ["recipients apply only to e-mail."];
        if ((isNew || Url is not null) && TargetUrl.Problem(Url, options.AllowPrivateNetworks) is { } problem)
            errors["url"] = [$"url {problem}"];
        if (Secret is not null && kind != ChannelKind.Webhook)
            errors["secret"] = ["secret applies only to webhooks; other channels carry it in their url."];
        else if (Secret?.Length > 500)
            errors["secret"] = ["secret must not be longer than 500 characters."];
    }

    private void CheckEmail(bool isNew, NotificationOptions options, Dictionary<string, string[]> errors)
    {
        if (Url is not null)
            errors["url"] = ["url does not apply to e-mail."];
        if (Secret is not null)
            errors["secret"] = ["secret does not apply to e-mail."];
        if (options.Smtp.Host.Length == 0)
            errors["kind"] = [$"E-mail needs a mail server: set {NotificationOptions.Section}:Smtp:Host and From."];
        if (Recipients is null ? isNew : Recipients.Count is 0 or > 50 || Recipients.Any(r => !IsAddress(r)))
            errors["recipients"] = ["recipients are required: 1 to 50 e-mail addresses."];
    }

    private static bool IsAddress(string? text) =>
        text is not null && !text.Any(char.IsControl) && MailboxAddress.TryParse(text, out var address) && address.Address.Contains('@', StringComparison.Ordinal);
}
