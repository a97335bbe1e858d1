using Microsoft.AspNetCore.Components;
using MudBlazor;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data;
using PerfDash.Data.Entities;
using PerfDash.Web.Features.Alerts;

namespace PerfDash.Web.Features.Notifications;

/// <summary>Where notifications go, and what became of them.</summary>
public sealed partial class ChannelsSection(ChannelService channels, ChannelStatusQueries statuses, DeliveryQueries deliveries) : AlertsSection
{
    private const int Limit = 50;

    private static readonly DeliveryState?[] States = [null, DeliveryState.Failed, DeliveryState.Pending, DeliveryState.Delivered, DeliveryState.Withheld];

    private readonly Dictionary<long, string> _tests = [];
    private IReadOnlyList<ChannelItem>? _channels;
    private IReadOnlyDictionary<long, ChannelStatus> _status = new Dictionary<long, ChannelStatus>();
    private IReadOnlyList<DeliveryItem>? _deliveries;
    private long? _older;
    private bool _isTesting;

    /// <summary>Only deliveries in this state.</summary>
    [SupplyParameterFromQuery(Name = "delivery")]
    public string? State { get; set; }

    /// <summary>Only deliveries before this one.</summary>
    [SupplyParameterFromQuery(Name = "before")]
    public long? Before { get; set; }

    protected override object? Choice => (Chosen, Before);

    private DeliveryState? Chosen => EnumText.Find<DeliveryState>(State);

    protected override async Task LoadAsync(TimeRange range, MetricFilter filter, CancellationToken cancellationToken)
    {
        var known = channels.GetAllAsync(cancellationToken);
        var status = statuses.GetAsync(cancellationToken);
        var sent = deliveries.GetAsync(new DeliveryFilter(Chosen), Before, Limit, cancellationToken);
        await Task.WhenAll(known, status, sent);
        (_channels, _status, _deliveries) = (await known, await status, await sent);
        _older = _deliveries.Count == Limit ? _deliveries[^1].Id : null;
    }

    private string FirstOf(string? state) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { ["delivery"] = state, ["before"] = null });

    private Task CreateAsync() => ShowAsync<ChannelDialog>("New channel", [], Form);

    private Task EditAsync(ChannelItem channel) => ShowAsync<ChannelDialog>($"Edit {ChannelWords.NameOf(channel.Kind)} channel", new() { { d => d.Channel, channel } }, Form);

    private async Task TestAsync(ChannelItem channel)
    {
        (_isTesting, _tests[channel.Id]) = (true, "Sending test…");
        await ActAsync(async _ =>
        {
            _tests[channel.Id] = await channels.TestAsync(channel.Id, await SignedIn.ActorAsync(), CancellationToken.None) switch
            {
                { Delivered: true } test => $"Test delivered in {UnitFormat.Duration(test.DurationMs)}.",
                { } test => $"Test failed: {test.Error}",
                null => "Someone else has deleted this channel.",
            };
            return null;
        });
        _isTesting = false;
    }

    private async Task DeleteAsync(ChannelItem channel)
    {
        if (!await AskAsync("Delete channel", $"{channel.Name}: its URL and secret will be deleted. The delivery history is kept.", "Delete"))
            return;
        await ActAsync(async actor => await channels.DeleteAsync(channel.Id, actor, CancellationToken.None) switch
        {
            ChannelChange.Done => ("Channel deleted.", Severity.Success),
            ChannelChange.Refused refused => (refused.Reason, Severity.Warning),
            _ => ("Someone else has deleted this channel.", Severity.Warning),
        });
    }

    private Task RetryAsync(DeliveryItem delivery) => ActAsync(async actor => await deliveries.RetryAsync(delivery.Id, actor, CancellationToken.None) switch
    {
        RetryOutcome.Queued => ("Notification queued again.", Severity.Info),
        RetryOutcome.NotToBeRetried => ("This notification has been delivered, is still pending, was followed by a later one, or its channel is disabled.", Severity.Warning),
        _ => ("This delivery no longer exists.", Severity.Warning),
    });

    private string Csv() => TableCsv.Write(
        ["Delivery", "Created (UTC)", "Channel", "Kind", "Alert", "Event", "State", "Attempts", "Next attempt (UTC)", "Delivered (UTC)", "Last error"],
        _deliveries!.Select(d => (IReadOnlyList<object?>)
            [d.Id, d.CreatedAt, d.ChannelName, d.ChannelKind, d.IncidentId, d.Event, d.State, d.Attempts, d.NextAttemptAt, d.DeliveredAt, d.LastError]));
}
