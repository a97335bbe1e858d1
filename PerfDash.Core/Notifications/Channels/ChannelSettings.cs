namespace PerfDash.Core.Notifications.Channels;

/// <summary>What a channel needs to send; of a channel made in the application it is stored encrypted.</summary>
public sealed record ChannelSettings
{
    /// <summary>Address of a webhook, with whatever secret it carries in its path; null for e-mail.</summary>
    public string? Url { get; init; }

    /// <summary>Signs the messages of a webhook; null: not signed.</summary>
    public string? Secret { get; init; }

    /// <summary>Who gets the e-mail; empty for webhooks.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>Nothing of it: it holds secrets.</summary>
    public override string ToString() => nameof(ChannelSettings);
}
