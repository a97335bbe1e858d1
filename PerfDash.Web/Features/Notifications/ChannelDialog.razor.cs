using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Web.Features.Alerts;

namespace PerfDash.Web.Features.Notifications;

/// <summary>Makes or changes a channel. Addresses and secrets are written, never read.</summary>
public sealed partial class ChannelDialog(ChannelService channels, SignedIn signedIn)
{
    private static readonly char[] Separators = ['\n', ',', ';'];

    private ChannelKind _kind = ChannelKind.Webhook;
    private string? _name;
    private string? _url;
    private string? _secret;
    private string? _recipients;
    private bool _removesSecret;
    private AlertSeverity _minimumSeverity;
    private bool _enabled = true;
    private Dictionary<string, string[]> _errors = [];
    private string? _message;
    private bool _isBusy;

    /// <summary>The channel to change; null: a new one.</summary>
    [Parameter]
    public ChannelItem? Channel { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    private bool IsInApp => Channel?.Kind == ChannelKind.InApp;

    private string UrlHelp => Channel is not null
        ? $"It may contain a secret, so it is not shown. Current: {Channel.Target}. Leave blank to keep it."
        : _kind switch
        {
            ChannelKind.Slack => "Incoming webhook URL from Slack, Mattermost or Rocket.Chat.",
            ChannelKind.Discord => "Webhook URL of a Discord channel.",
            _ => "Receives a JSON message for each alert change, signed if there is a secret.",
        };

    private ChannelInput Input => new()
    {
        Kind = _kind.ToText(),
        Name = IsInApp ? null : _name ?? "",
        Url = _kind is ChannelKind.Email or ChannelKind.InApp ? null : Given(_url) ?? (Channel is null ? "" : null),
        Secret = _kind != ChannelKind.Webhook ? null : _removesSecret ? "" : Given(_secret),
        Recipients = _kind != ChannelKind.Email ? null : Given(_recipients) is { } list
            ? list.Split(Separators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : Channel is null ? [] : null,
        MinimumSeverity = _minimumSeverity.ToText(),
        Enabled = _enabled,
    };

    protected override void OnInitialized()
    {
        if (Channel is not null)
            (_kind, _name, _minimumSeverity, _enabled) = (Channel.Kind, Channel.Name, Channel.MinimumSeverity, Channel.Enabled);
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private string? ErrorOf(string field) => _errors.TryGetValue(field, out var messages) ? AlertWords.ForPeople(messages[0]) : null;

    private async Task SaveAsync()
    {
        (_isBusy, _message, _errors) = (true, null, []);
        try
        {
            var actor = await signedIn.ActorAsync();
            var change = Channel is null
                ? await channels.CreateAsync(Input, actor, CancellationToken.None)
                : await channels.UpdateAsync(Channel.Id, Input, actor, CancellationToken.None);
            switch (change)
            {
                case ChannelChange.Done:
                    Dialog.Close(DialogResult.Ok(Channel is null ? "Channel created. Send a test message to check it." : "Channel saved."));
                    break;
                case ChannelChange.Invalid invalid:
                    _errors = invalid.Errors;
                    break;
                case ChannelChange.Refused refused:
                    _message = refused.Reason;
                    break;
                default:
                    _message = "Someone else has deleted this channel.";
                    break;
            }
        }
        catch (Exception e) when (PageFailure.Is(e))
        {
            _message = $"{PageFailure.Describe(e)} Nothing was saved.";
        }
        finally
        {
            _isBusy = false;
        }
    }
}
