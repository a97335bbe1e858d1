using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Notifications;

/// <summary>What happens to alerts while a channel is disabled, and what it hears once it is enabled again.</summary>
public sealed class DisabledChannelTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private Receiver _receiver = null!;
    private ServiceProvider _instance = null!;
    private StoredAlerts _alerts = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ChannelService Channels => _instance.GetRequiredService<ChannelService>();

    public async ValueTask InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        await StoredAlerts.AddRuleAsync(database);
        _instance = TestDatabase.ServicesOver(database.ConnectionString, services => services.Configure<NotificationOptions>(options => options.AllowPrivateNetworks = true));
        _alerts = new StoredAlerts(database, _instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _instance.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task What_is_still_open_when_it_is_enabled_is_sent_once_and_what_ended_meanwhile_is_not()
    {
        var channel = await AddAsync(enabled: false);
        var open = await _alerts.OpenAsync();
        var over = await _alerts.OpenAsync(subject: 2);
        await _alerts.NotifyAsync(over, "resolved");
        await DeliverAsync();
        Assert.Empty(_receiver.Requests);
        Assert.All(await DeliveriesAsync(open), d => Assert.Equal((DeliveryState.Withheld, "The channel was disabled."), (d.State, d.LastError)));

        await EnableAsync(channel);
        await DeliverAsync();
        await DeliverAsync();

        Assert.Equal([("alert.opened", open)], Heard());
        await _alerts.NotifyAsync(open, "resolved");
        await DeliverAsync();
        Assert.Equal([("alert.opened", open), ("alert.resolved", open)], Heard());
    }

    [Fact]
    public async Task Of_several_changes_meanwhile_the_latest_is_sent()
    {
        var channel = await AddAsync(enabled: false);
        var incident = await _alerts.OpenAsync();
        await _alerts.NotifyAsync(incident, "raised");

        await EnableAsync(channel);
        await DeliverAsync();

        Assert.Equal([("alert.raised", incident)], Heard());
    }

    [Fact]
    public async Task What_somebody_acknowledged_meanwhile_is_not_sent_nor_its_end()
    {
        var channel = await AddAsync(enabled: false);
        var incident = await _alerts.OpenAsync();
        await database.ExecuteAsync("UPDATE alert_incidents SET state = 'acknowledged'");

        await EnableAsync(channel);
        await DeliverAsync();
        await _alerts.NotifyAsync(incident, "resolved");
        await DeliverAsync();

        Assert.Empty(Heard());
        Assert.Equal("The channel was not notified of this alert before.", (await DeliveriesAsync(incident))[0].LastError);
    }

    [Fact]
    public async Task A_warning_is_not_sent_to_a_channel_that_takes_only_critical_ones()
    {
        var channel = await AddAsync(enabled: false, "critical");
        var warning = await _alerts.OpenAsync();
        var critical = await _alerts.OpenAsync("critical", subject: 2);

        await EnableAsync(channel);
        await DeliverAsync();

        Assert.Equal([("alert.opened", critical)], Heard());
        Assert.Equal("Below the minimum severity of the channel.", Assert.Single(await DeliveriesAsync(warning)).LastError);
    }

    [Fact]
    public async Task A_channel_that_takes_only_critical_ones_since_hears_no_warning_of_before()
    {
        var channel = await AddAsync(enabled: false);
        await _alerts.OpenAsync();

        await EnableAsync(channel, "critical");
        await DeliverAsync();

        Assert.Empty(Heard());
    }

    private async Task<long> AddAsync(bool enabled, string severity = "warning") => Assert.IsType<ChannelChange.Done>(await Channels.CreateAsync(
        new ChannelInput { Kind = "webhook", Name = "Farm", Url = _receiver.Url, Enabled = enabled, MinimumSeverity = severity }, By.Admin("kim"), Cancel)).Channel.Id;

    private async Task EnableAsync(long channel, string? severity = null) =>
        Assert.IsType<ChannelChange.Done>(await Channels.UpdateAsync(channel, new ChannelInput { Enabled = true, MinimumSeverity = severity }, By.Admin("kim"), Cancel));

    private async Task DeliverAsync()
    {
        await _instance.GetRequiredService<Deliverer>().ReconcileAsync(Cancel);
        await _instance.GetRequiredService<Deliverer>().DeliverAsync(Cancel);
    }

    private Task<IReadOnlyList<DeliveryItem>> DeliveriesAsync(long incident) =>
        database.Get<DeliveryQueries>().GetAsync(new DeliveryFilter(IncidentId: incident), null, 100, Cancel);

    private IEnumerable<(string Event, long Incident)> Heard() =>
        _receiver.Requests.Select(r => (r.Event, r.Json.GetProperty("alert").GetProperty("id").GetInt64()));
}
