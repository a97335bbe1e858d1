using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data;
using PerfDash.Data.Entities;

namespace PerfDash.Tests.Notifications;

/// <summary>From the stored delivery to the receiver, which checks with code of its own.</summary>
public sealed class DeliveryTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Secret = "whsec-4711-verysecret";

    private readonly List<ServiceProvider> _instances = [];
    private Receiver _receiver = null!;
    private StoredAlerts _alerts = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        await StoredAlerts.AddRuleAsync(database);
        _alerts = new StoredAlerts(database, NewInstance());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
            await instance.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_webhook_is_signed_JSON_of_the_alert_its_threshold_and_the_value()
    {
        await AddWebhookAsync();
        var incident = await _alerts.OpenAsync();

        await DeliverAsync();

        var request = Assert.Single(_receiver.Requests);
        Assert.Equal("sha256=" + Hmac(request.Body), request.Headers["X-PerfDash-Signature"]);
        var timestamp = request.Headers["X-PerfDash-Timestamp"];
        Assert.Equal("sha256=" + Hmac([.. Encoding.UTF8.GetBytes(timestamp), (byte)'.', .. request.Body]), request.Headers["X-PerfDash-Timestamp-Signature"]);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, System.Globalization.CultureInfo.InvariantCulture)), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        var body = request.Json;
        Assert.Equal("alert.opened", request.Event);
        Assert.Equal((incident, "warning", "open", 7L), (body.GetProperty("alert").GetProperty("id").GetInt64(), body.GetProperty("alert").GetProperty("severity").GetString(), body.GetProperty("alert").GetProperty("state").GetString(), body.GetProperty("alert").GetProperty("job_id").GetInt64()));
        Assert.Equal((800, 1000.5, 812.5), (body.GetProperty("threshold").GetProperty("warning_threshold").GetDouble(), body.GetProperty("threshold").GetProperty("critical_threshold").GetDouble(), body.GetProperty("value").GetDouble()));
        Assert.Equal("Warning 812.5 ms", body.GetProperty("title").GetString()!.Replace(": time per frame of Portrait <!channel> *7* is", "", StringComparison.Ordinal));
        Assert.Equal("Warning at or above 800 ms, critical at or above 1,000.5 ms. Job 7 of Portrait on gpu-1. Ask Kim.", body.GetProperty("text").GetString());
        var delivery = Assert.Single(await DeliveriesAsync());
        Assert.Equal((DeliveryState.Delivered, 1, null, request.Key), (delivery.State, delivery.Attempts, delivery.LastError, delivery.IdempotencyKey.ToString()));
    }

    [Fact]
    public async Task While_the_receiver_is_down_deliveries_wait_and_arrive_later_in_the_order_of_the_incident()
    {
        await AddWebhookAsync();
        var port = _receiver.Port;
        await _receiver.DisposeAsync();
        var first = await _alerts.OpenAsync();
        await _alerts.NotifyAsync(first, "raised");
        var second = await _alerts.OpenAsync(subject: 2);
        await DeliverAsync();
        var waiting = await DeliveriesAsync(first);
        Assert.Equal([(IncidentEvent.Raised, 0), (IncidentEvent.Opened, 1)], waiting.Select(d => (d.Event, d.Attempts)));
        Assert.Contains("refused", waiting[1].LastError!, StringComparison.OrdinalIgnoreCase);
        Assert.True(await database.ScalarAsync<bool>("SELECT bool_and(next_attempt_at - now() BETWEEN INTERVAL '0.5 s' AND INTERVAL '3 s') FROM notification_deliveries WHERE attempts = 1"));

        _receiver = await Receiver.StartAsync(port);
        await _alerts.NotifyAsync(first, "resolved");
        await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now()");
        await DeliverAsync();

        Assert.Equal(["alert.opened", "alert.raised", "alert.resolved"], EventsOf(first));
        Assert.Equal(["alert.opened"], EventsOf(second));
        Assert.All(await DeliveriesAsync(), d => Assert.Equal((DeliveryState.Delivered, null), (d.State, d.LastError)));
    }

    [Fact]
    public async Task Every_attempt_carries_the_same_key_and_the_last_one_is_followed_by_giving_up()
    {
        await AddWebhookAsync();
        _receiver.Answer = async (_, context) =>
        {
            context.Response.StatusCode = 400;
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("no\r\nsuch hook" + new string('x', 5000)), Cancel);
        };
        await _alerts.OpenAsync();

        for (var i = 0; i < 10; i++)
        {
            await DeliverAsync();
            await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now()");
        }

        Assert.Equal(6, _receiver.Requests.Count);
        Assert.Single(_receiver.Requests.Select(r => r.Key).Distinct());
        var delivery = Assert.Single(await DeliveriesAsync());
        Assert.Equal((DeliveryState.Failed, 6), (delivery.State, delivery.Attempts));
        Assert.StartsWith("The receiver answered 400 Bad Request: no  such hookxxx", delivery.LastError, StringComparison.Ordinal);
        Assert.True(delivery.LastError!.Length < 300);

        _receiver.Answer = Receiver.Status(200);
        Assert.Equal(RetryOutcome.Queued, await database.Get<DeliveryQueries>().RetryAsync(delivery.Id, By.Admin(), Cancel));
        await DeliverAsync();
        Assert.Equal(DeliveryState.Delivered, Assert.Single(await DeliveriesAsync()).State);
        Assert.Equal(RetryOutcome.NotToBeRetried, await database.Get<DeliveryQueries>().RetryAsync(delivery.Id, By.Admin(), Cancel));
        Assert.Equal(RetryOutcome.Unknown, await database.Get<DeliveryQueries>().RetryAsync(delivery.Id + 1, By.Admin(), Cancel));
    }

    [Fact]
    public async Task A_server_that_fails_is_tried_for_a_day_with_growing_pauses_and_a_pause_it_asks_for_is_kept()
    {
        await AddWebhookAsync();
        _receiver.Answer = Receiver.Status(503);
        await _alerts.OpenAsync();
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            await DeliverAsync();
            pauses.Add(await database.ScalarAsync<double>("SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM notification_deliveries"));
            await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now()");
        }

        Assert.All(pauses.Index(), p => Assert.InRange(p.Item, 0.75 * Math.Min(600, 2 * Math.Pow(2, p.Index)) - 1, 1.21 * Math.Min(600, 2 * Math.Pow(2, p.Index))));
        _receiver.Answer = (_, context) =>
        {
            (context.Response.StatusCode, context.Response.Headers.RetryAfter) = (429, "1800");
            return Task.CompletedTask;
        };
        await DeliverAsync();
        Assert.InRange(await database.ScalarAsync<double>("SELECT extract(epoch FROM next_attempt_at - now())::float8 FROM notification_deliveries"), 1790, 1800);

        await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now(), attempts = 149");
        await DeliverAsync();
        Assert.Equal((DeliveryState.Failed, 150), (Assert.Single(await DeliveriesAsync()).State, Assert.Single(await DeliveriesAsync()).Attempts));
    }

    [Fact]
    public async Task A_receiver_that_hangs_keeps_no_other_waiting()
    {
        await AddWebhookAsync();
        await using var other = await Receiver.StartAsync();
        await AddAsync(new ChannelInput { Kind = "webhook", Name = "Other", Url = other.Url });
        using var hanging = new CancellationTokenSource();
        _receiver.Answer = (_, _) => Task.Delay(Timeout.Infinite, hanging.Token);
        await _alerts.OpenAsync();

        var delivering = DeliverAsync();
        await Eventually.EqualAsync(1, () => Task.FromResult(other.Requests.Count));
        Assert.False(delivering.IsCompleted);
        await delivering;

        await hanging.CancelAsync();
        Assert.Equal(["pending No answer within 1 s.", "delivered "], (await DeliveriesAsync()).OrderBy(d => d.ChannelId).Select(d => $"{d.State.ToText()} {d.LastError}"));
    }

    [Fact]
    public async Task Of_two_instances_each_delivery_is_sent_by_one()
    {
        await AddWebhookAsync();
        for (var i = 1; i <= 40; i++)
            await _alerts.NotifyAsync(await _alerts.OpenAsync(subject: i), "resolved");
        _receiver.Answer = async (_, _) => await Task.Delay(5, CancellationToken.None);

        await Task.WhenAll(NewInstance().GetRequiredService<Deliverer>().DeliverAsync(Cancel), NewInstance().GetRequiredService<Deliverer>().DeliverAsync(Cancel));
        await DeliverAsync();

        Assert.Equal(80, _receiver.Requests.Count);
        Assert.Equal(80, _receiver.Requests.Select(r => r.Key).Distinct().Count());
    }

    [Fact]
    public async Task People_get_one_message_for_many_openings_and_programs_one_each()
    {
        await AddWebhookAsync();
        await using var slack = await Receiver.StartAsync();
        await using var discord = await Receiver.StartAsync();
        await AddAsync(new ChannelInput { Kind = "slack", Name = "Ops", Url = slack.Url });
        await AddAsync(new ChannelInput { Kind = "discord", Name = "Ops", Url = discord.Url });
        for (var i = 1; i <= 25; i++)
            await _alerts.OpenAsync(i <= 2 ? "critical" : "warning", subject: i);

        await DeliverAsync();

        Assert.Equal(25, _receiver.Requests.Count);
        var toSlack = Assert.Single(slack.Requests).Json;
        Assert.Equal("25 alerts opened, 2 of them critical", toSlack.GetProperty("text").GetString());
        var text = toSlack.GetProperty("attachments")[0].GetProperty("text").GetString()!;
        Assert.Equal(21, text.Split('\n').Length);
        Assert.EndsWith("… and 5 more.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<!channel>", text, StringComparison.Ordinal);
        Assert.Equal("#C62828", toSlack.GetProperty("attachments")[0].GetProperty("color").GetString());
        var toDiscord = Assert.Single(discord.Requests).Json;
        Assert.Equal("25 alerts opened, 2 of them critical", toDiscord.GetProperty("embeds")[0].GetProperty("title").GetString());
        Assert.Contains(@"\*7\*", toDiscord.GetProperty("embeds")[0].GetProperty("description").GetString()!, StringComparison.Ordinal);
        Assert.Equal(0, toDiscord.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength());
        Assert.All(await DeliveriesAsync(), d => Assert.Equal(DeliveryState.Delivered, d.State));

        // Within the minute more openings wait; a worsening does not.
        var late = await _alerts.OpenAsync(subject: 99);
        await DeliverAsync();
        Assert.Single(slack.Requests);
        await database.ExecuteAsync("UPDATE notification_deliveries SET delivered_at = delivered_at - INTERVAL '1 minute' WHERE state = 'delivered'");
        await DeliverAsync();
        await _alerts.NotifyAsync(late, "raised");
        await DeliverAsync();
        Assert.Equal([25, 1, 1], [25, .. slack.Requests.Skip(1).Select(_ => 1)]);
        Assert.StartsWith("Raised to critical", slack.Requests.Last().Json.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_escalation_does_not_wait_for_its_opening_in_the_held_minute_but_sends_what_is_held()
    {
        await AddAsync(new ChannelInput { Kind = "slack", Name = "Ops", Url = _receiver.Url });
        await _alerts.OpenAsync();
        await DeliverAsync();
        var second = await _alerts.OpenAsync(subject: 2);
        await _alerts.OpenAsync(subject: 3);
        await DeliverAsync();
        Assert.Single(_receiver.Requests);

        await _alerts.NotifyAsync(second, "raised");
        await DeliverAsync();

        var titles = _receiver.Requests.Skip(1).Select(r => r.Json.GetProperty("text").GetString()!).ToList();
        Assert.Equal(2, titles.Count);
        Assert.StartsWith("2 alerts opened", titles[0], StringComparison.Ordinal);
        Assert.StartsWith("Raised to critical", titles[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_came_after_the_opening_hears_no_end_and_one_that_asks_for_critical_since_hears_it()
    {
        var before = await AddWebhookAsync();
        var incident = await _alerts.OpenAsync();
        await DeliverAsync();
        await AddAsync(new ChannelInput { Kind = "webhook", Name = "New", Url = _receiver.Url });
        Assert.IsType<ChannelChange.Done>(await _instances[0].GetRequiredService<ChannelService>().UpdateAsync(before.Id, new ChannelInput { MinimumSeverity = "critical" }, By.Admin("kim"), Cancel));

        await _alerts.NotifyAsync(incident, "resolved");
        await DeliverAsync();

        Assert.Equal(["alert.opened", "alert.resolved"], EventsOf(incident));
        Assert.Equal(["delivered", "withheld The channel was not notified of this alert before."], (await DeliveriesAsync(incident)).Where(d => d.Event == IncidentEvent.Resolved).OrderBy(d => d.ChannelId).Select(d => $"{d.State.ToText()} {d.LastError}".Trim()));
    }

    [Fact]
    public async Task What_was_overtaken_or_would_end_what_never_began_is_not_sent_by_hand()
    {
        await AddWebhookAsync();
        _receiver.Answer = Receiver.Status(400);
        var incident = await _alerts.OpenAsync();
        for (var i = 0; i < 6; i++)
        {
            await DeliverAsync();
            await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now()");
        }

        await _alerts.NotifyAsync(incident, "resolved");
        var (resolved, opened) = ((await DeliveriesAsync())[0], (await DeliveriesAsync())[1]);
        Assert.Equal((DeliveryState.Withheld, DeliveryState.Failed), (resolved.State, opened.State));
        Assert.Equal(RetryOutcome.NotToBeRetried, await database.Get<DeliveryQueries>().RetryAsync(resolved.Id, By.Admin(), Cancel));

        // With the opening its end is sent, too.
        _receiver.Requests.Clear();
        _receiver.Answer = Receiver.Status(200);
        Assert.Equal(RetryOutcome.Queued, await database.Get<DeliveryQueries>().RetryAsync(opened.Id, By.Admin(), Cancel));
        await DeliverAsync();
        await DeliverAsync();
        Assert.Equal(["alert.opened", "alert.resolved"], EventsOf(incident));

        await database.ExecuteAsync("UPDATE notification_deliveries SET state = 'failed' WHERE id = @id", ("id", opened.Id));
        Assert.Equal(RetryOutcome.NotToBeRetried, await database.Get<DeliveryQueries>().RetryAsync(opened.Id, By.Admin(), Cancel));
    }

    [Fact]
    public async Task What_is_muted_below_the_severity_or_covered_is_withheld_with_the_reason_and_told_when_that_is_over()
    {
        await AddAsync(new ChannelInput { Kind = "webhook", Name = "All", Url = _receiver.Url });
        await AddAsync(new ChannelInput { Kind = "webhook", Name = "Bad", Url = _receiver.Url, MinimumSeverity = "critical" });
        await database.ExecuteAsync("INSERT INTO alert_mutes (scope_type, scope_id, until, created_by) VALUES ('workflow', 1, now() + INTERVAL '1 hour', 'kim')");
        var muted = await _alerts.OpenAsync(muted: true);
        await DeliverAsync();
        await database.Get<Deliverer>().ReconcileAsync(Cancel);

        Assert.Empty(_receiver.Requests);
        Assert.Equal(["withheld Muted.", "withheld Below the minimum severity of the channel."], (await DeliveriesAsync()).OrderBy(d => d.ChannelId).Select(d => $"{d.State.ToText()} {d.LastError}"));

        await database.ExecuteAsync("DELETE FROM alert_mutes");
        Assert.Equal(1, await database.Get<Deliverer>().ReconcileAsync(Cancel));
        await DeliverAsync();
        Assert.Equal(["alert.opened"], EventsOf(muted));

        // A warning beside an open critical alert of the same metric and subject, from another rule.
        _receiver.Requests.Clear();
        var worse = await _alerts.OpenAsync("critical", subject: 5, threshold: 2);
        var covered = await _alerts.OpenAsync(subject: 5);
        await DeliverAsync();
        Assert.Equal((2, 0), (EventsOf(worse).Count, EventsOf(covered).Count));
        Assert.Equal(["Below the minimum severity of the channel.", "Covered by a critical alert on the same metric and subject."], (await DeliveriesAsync(covered)).Select(d => d.LastError));

        await _alerts.NotifyAsync(worse, "resolved");
        await database.Get<Deliverer>().ReconcileAsync(Cancel);
        await _alerts.NotifyAsync(covered, "resolved");
        await DeliverAsync();
        Assert.Equal(["alert.opened", "alert.resolved"], EventsOf(covered));

        // Nobody is notified of the end of what they were never notified of.
        var silent = await _alerts.OpenAsync("critical", muted: true, subject: 6);
        await _alerts.NotifyAsync(silent, "resolved");
        await DeliverAsync();
        Assert.Empty(EventsOf(silent));
        Assert.Equal("The channel was not notified of this alert before.", (await DeliveriesAsync(silent))[0].LastError);
    }

    [Fact]
    public async Task In_the_application_a_notification_is_delivered_by_being_stored_and_a_rolled_back_change_is_never_told()
    {
        await database.ExecuteAsync("INSERT INTO notification_channels (kind, name, target, configuration_key) VALUES ('in_app', 'In PerfDash', 'PerfDash', 'in_app')");
        await AddWebhookAsync();
        await _alerts.OpenAsync();
        await using (var connection = await database.DataSource.OpenConnectionAsync(Cancel))
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await using var command = new Npgsql.NpgsqlCommand("INSERT INTO notification_deliveries (event_id, incident_id, channel_id, message) SELECT event_id, incident_id, channel_id, message FROM notification_deliveries WHERE false", connection);
            await command.ExecuteNonQueryAsync(Cancel);
            await transaction.RollbackAsync(Cancel);
        }

        Assert.Equal(["in_app delivered", "webhook pending"], (await DeliveriesAsync()).Select(d => $"{d.ChannelKind.ToText()} {d.State.ToText()}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_waits_for_a_channel_that_is_switched_off_or_deleted_is_not_sent()
    {
        var off = await AddWebhookAsync();
        var gone = await AddWebhookAsync();
        await _alerts.OpenAsync();
        var channels = _instances[0].GetRequiredService<ChannelService>();
        Assert.IsType<ChannelChange.Done>(await channels.UpdateAsync(off.Id, new ChannelInput { Enabled = false }, By.Admin("kim"), Cancel));
        Assert.IsType<ChannelChange.Done>(await channels.DeleteAsync(gone.Id, By.Admin("kim"), Cancel));

        await DeliverAsync();
        await database.Get<Deliverer>().ReconcileAsync(Cancel);

        Assert.Empty(_receiver.Requests);
        Assert.All(await DeliveriesAsync(), d => Assert.Equal((DeliveryState.Withheld, "The channel was disabled."), (d.State, d.LastError)));
        Assert.Equal(0, await database.ScalarAsync<long>("SELECT count(settings_protected) FROM notification_channels WHERE deleted_at IS NOT NULL"));
    }

    private static string Hmac(byte[] what) => Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), what)).ToLowerInvariant();

    private ServiceProvider NewInstance()
    {
        var instance = TestDatabase.ServicesOver(database.ConnectionString, services => services.Configure<NotificationOptions>(options =>
        {
            options.AllowPrivateNetworks = true;
            options.SendTimeout = TimeSpan.FromSeconds(1);
        }));
        _instances.Add(instance);
        return instance;
    }

    private Task<ChannelItem> AddWebhookAsync() => AddAsync(new ChannelInput { Kind = "webhook", Name = "Farm", Url = _receiver.Url, Secret = Secret });

    private async Task<ChannelItem> AddAsync(ChannelInput input) =>
        Assert.IsType<ChannelChange.Done>(await _instances[0].GetRequiredService<ChannelService>().CreateAsync(input, By.Admin("kim"), Cancel)).Channel;

    private Task DeliverAsync() => _instances[0].GetRequiredService<Deliverer>().DeliverAsync(Cancel);

    private Task<IReadOnlyList<DeliveryItem>> DeliveriesAsync(long? incident = null) =>
        database.Get<DeliveryQueries>().GetAsync(new DeliveryFilter(IncidentId: incident), null, 1000, Cancel);

    private List<string> EventsOf(long incident) =>
        [.. _receiver.Requests.Where(r => r.Json.GetProperty("alert").GetProperty("id").GetInt64() == incident).Select(r => r.Event)];
}
