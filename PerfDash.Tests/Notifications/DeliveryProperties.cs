using System.Collections.Concurrent;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PerfDash.Core.Alerts.Incidents;
using PerfDash.Core.Alerts.Mutes;
using PerfDash.Core.Alerts.Thresholds;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Entities;
using PerfDash.Tests.Alerts;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Notifications;

/// <summary>
/// Whatever jobs, mutes, edits and failing receivers there are: a receiver that heard of an opening hears of its end, no end
/// comes without a beginning, and what comes is in order.
/// </summary>
public sealed class DeliveryProperties(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly ThresholdInput Rule = new() { MetricName = "time_per_frame_ms", ScopeType = AlertScope.Global, WarningThreshold = 100, CriticalThreshold = 200 };

    private enum Step
    {
        Good, Warning, Critical, MuteRule, MuteAll, MuteWorkflow, Unmute, DisableRule, EnableRule, DeleteRule, EditRule, DisableChannel, EnableChannel,
        OnlyCritical, AnySeverity, Acknowledge, ReceiverFails, ReceiverRefuses, ReceiverHearsAndFails, ReceiverWorks, Deliver, DeliverOften, AddChannel, DeleteChannel, RetryAll,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receiver_that_heard_of_an_opening_hears_of_its_end_and_of_nothing_out_of_order()
    {
        // (The jobs and what is delivered are frequent, so that something happens between the rest.)
        var step = Gen.Frequency(
            (3, Gen.Const(Step.Good)), (3, Gen.Const(Step.Warning)), (3, Gen.Const(Step.Critical)), (5, Gen.Const(Step.Deliver)), (20, Gen.Enum<Step>()));
        await step.Array[5, 40].SampleAsync(RunAsync, iter: 30, threads: 1, print: steps => string.Join(", ", steps));
    }

    [Fact]
    public async Task What_opened_before_a_mute_and_resolved_during_it_is_ended_after_the_mute() =>
        await RunAsync([Step.Warning, Step.Deliver, Step.MuteAll, Step.Good, Step.Deliver]);

    [Fact]
    public async Task What_opened_before_a_channel_was_disabled_and_resolved_meanwhile_is_ended_when_it_is_enabled() =>
        await RunAsync([Step.Critical, Step.Deliver, Step.DisableChannel, Step.Deliver, Step.Good, Step.Deliver]);

    [Fact]
    public async Task An_opening_that_got_no_answer_and_then_was_refused_comes_before_its_end() =>
        await RunAsync([Step.ReceiverFails, Step.Warning, Step.DeliverOften, Step.ReceiverRefuses, Step.Deliver, Step.Good, Step.DeliverOften]);

    [Fact]
    public async Task An_opening_that_was_heard_without_an_answer_and_then_refused_is_ended() =>
        await RunAsync([Step.ReceiverHearsAndFails, Step.Warning, Step.Deliver, Step.ReceiverRefuses, Step.DeliverOften, Step.Good]);

    [Fact]
    public async Task An_opening_that_was_heard_without_an_answer_and_then_sent_by_hand_and_refused_is_ended() => await RunAsync(
        [Step.ReceiverHearsAndFails, Step.Warning, Step.Deliver, Step.DisableChannel, Step.Deliver, Step.EnableChannel, Step.RetryAll, Step.ReceiverRefuses, Step.DeliverOften, Step.Good]);

    [Fact]
    public async Task An_opening_is_not_sent_by_hand_after_an_escalation_that_was_heard_without_an_answer() => await RunAsync(
        [Step.ReceiverRefuses, Step.Warning, Step.DeliverOften, Step.ReceiverHearsAndFails, Step.Critical, Step.Deliver, Step.RetryAll, Step.Deliver]);

    [Fact]
    public async Task An_opening_that_got_no_answer_before_its_channel_was_disabled_comes_before_an_end_after_it_was_enabled() =>
        await RunAsync([Step.ReceiverFails, Step.Warning, Step.Deliver, Step.DisableChannel, Step.Deliver, Step.EnableChannel, Step.Good]);

    [Fact]
    public async Task An_escalation_that_was_refused_after_an_opening_without_an_answer_comes_before_the_end() => await RunAsync(
        [Step.ReceiverFails, Step.Warning, Step.Deliver, Step.DisableChannel, Step.Deliver, Step.Critical, Step.EnableChannel, Step.ReceiverRefuses, Step.DeliverOften, Step.Good]);

    private async Task RunAsync(Step[] steps)
    {
        await database.StartOverAsync();
        var receiver = new FakeReceiver();
        await using var instance = TestDatabase.ServicesOver(database.ConnectionString, services =>
        {
            services.RemoveAll<INotificationChannel>();
            services.AddSingleton<INotificationChannel>(receiver);
            services.Configure<NotificationOptions>(options => options.AllowPrivateNetworks = true);
        });
        var farm = new Farm(database, instance, receiver);
        await farm.StartAsync();
        foreach (var step in steps)
            await farm.DoAsync(step);
        await farm.EndAsync();

        foreach (var heard in receiver.Heard.GroupBy(h => (h.Channel, h.Incident)))
        {
            // Repetitions of one message are allowed; messages stand where they were first heard.
            var changes = heard.DistinctBy(h => h.Key).ToList();
            Assert.True(changes[0].Event != "alert.resolved", $"channel {heard.Key} heard an end first: {string.Join(", ", changes)}");
            Assert.True(changes.Select(h => h.At).SequenceEqual(changes.Select(h => h.At).Order()), $"channel {heard.Key} heard out of order: {string.Join(", ", changes)}");
            if (await database.ScalarAsync<string>("SELECT state FROM alert_incidents WHERE id = @id", ("id", heard.Key.Incident)) == "resolved"
                && await database.CountAsync($"notification_channels WHERE name = '{heard.Key.Channel}' AND deleted_at IS NULL") > 0)
            {
                Assert.True(changes[^1].Event == "alert.resolved", $"channel {heard.Key} never heard of the end: {string.Join(", ", changes)}");
            }
        }
    }

    private sealed record Message(string Channel, long Incident, string Event, DateTime At, Guid Key);

    /// <summary>Hears, refuses, or hears and says that it failed.</summary>
    private sealed class FakeReceiver : INotificationChannel
    {
        public ConcurrentQueue<Message> Heard { get; } = [];

        public Step Mode { get; set; } = Step.ReceiverWorks;

        public ChannelKind Kind => ChannelKind.Webhook;

        public bool IsForPeople => false;

        public Task SendAsync(ChannelSettings settings, IReadOnlyList<OutgoingMessage> messages, CancellationToken cancellationToken)
        {
            var body = messages[0].Body;
            if (Mode is Step.ReceiverWorks or Step.ReceiverHearsAndFails)
            {
                Heard.Enqueue(new(
                    new Uri(settings.Url!).Segments[^1],
                    body.GetProperty("alert").GetProperty("id").GetInt64(),
                    messages[0].Event,
                    body.GetProperty("at").GetDateTime(),
                    messages[0].IdempotencyKey));
            }

            return Mode == Step.ReceiverWorks ? Task.CompletedTask : throw new DeliveryException(Mode.ToString()) { IsRefusal = Mode == Step.ReceiverRefuses };
        }
    }

    private sealed class Farm(TestDatabase database, ServiceProvider instance, FakeReceiver receiver)
    {
        private readonly List<long> _channels = [];
        private long? _rule;

        private ThresholdService Thresholds => database.Get<ThresholdService>();

        private ChannelService Channels => instance.GetRequiredService<ChannelService>();

        public async Task StartAsync()
        {
            await AddChannelAsync();
            await AddChannelAsync();
            await EnsureRuleAsync();
        }

        public async Task DoAsync(Step step)
        {
            switch (step)
            {
                case Step.Good or Step.Warning or Step.Critical:
                    await database.RunAsync(step == Step.Good ? 50 : step == Step.Warning ? 150 : 250);
                    break;
                case Step.MuteRule:
                    await EditAsync(rule => rule with { MutedUntil = DateTime.UtcNow.AddHours(1) });
                    break;
                case Step.MuteAll or Step.MuteWorkflow:
                    var scope = step == Step.MuteAll ? AlertScope.Global : AlertScope.Workflow;
                    await database.Get<MuteService>().CreateAsync(new MuteInput(scope, step == Step.MuteAll ? null : 1, DateTime.UtcNow.AddHours(1), null), By.Admin("me"), Cancel);
                    break;
                case Step.Unmute:
                    await UnmuteAsync();
                    break;
                case Step.DisableRule or Step.EnableRule:
                    await EditAsync(rule => rule with { Enabled = step == Step.EnableRule });
                    break;
                case Step.DeleteRule:
                    if (_rule is { } id)
                        await Thresholds.DeleteAsync(id, null, By.Admin("me"), Cancel);
                    _rule = null;
                    await EnsureRuleAsync();
                    break;
                case Step.EditRule:
                    await EditAsync(rule => rule with { WarningThreshold = rule.WarningThreshold == 100 ? 160 : 100 });
                    break;
                case Step.DisableChannel or Step.EnableChannel:
                    await Channels.UpdateAsync(_channels[0], new ChannelInput { Enabled = step == Step.EnableChannel }, By.Admin("me"), Cancel);
                    break;
                case Step.OnlyCritical or Step.AnySeverity:
                    await Channels.UpdateAsync(_channels[0], new ChannelInput { MinimumSeverity = step == Step.OnlyCritical ? "critical" : "warning" }, By.Admin("me"), Cancel);
                    break;
                case Step.AddChannel when _channels.Count < 4:
                    await AddChannelAsync();
                    break;
                case Step.DeleteChannel when _channels.Count > 2:
                    await Channels.DeleteAsync(_channels[^1], By.Admin("me"), Cancel);
                    _channels.RemoveAt(_channels.Count - 1);
                    break;
                case Step.Acknowledge:
                    foreach (var alert in await database.Get<AlertQueries>().GetCurrentAsync(10, Cancel))
                        await database.Get<IncidentService>().AcknowledgeAsync(alert.Id, null, By.Admin("me"), Cancel);
                    break;
                case Step.ReceiverFails or Step.ReceiverRefuses or Step.ReceiverHearsAndFails or Step.ReceiverWorks:
                    receiver.Mode = step;
                    break;
                case Step.Deliver:
                    await DeliverAsync(1);
                    break;
                case Step.DeliverOften:
                    await DeliverAsync(7);
                    break;
                case Step.RetryAll:
                    foreach (var delivery in await database.Get<DeliveryQueries>().GetAsync(new DeliveryFilter(), null, 100, Cancel))
                        await database.Get<DeliveryQueries>().RetryAsync(delivery.Id, By.Admin(), Cancel);
                    break;
            }
        }

        /// <summary>Nothing is muted or disabled any more, every receiver works, and there is time.</summary>
        public async Task EndAsync()
        {
            receiver.Mode = Step.ReceiverWorks;
            await UnmuteAsync();
            foreach (var channel in _channels)
                await Channels.UpdateAsync(channel, new ChannelInput { Enabled = true }, By.Admin("me"), Cancel);
            await DeliverAsync(4);
            Assert.Equal("", await database.ScalarAsync<string>(
                "SELECT COALESCE(string_agg(format('%s: %s to %s, %s attempts, %s', incident_id, message ->> 'event', channel_id, attempts, last_error), E'\n'), '') FROM notification_deliveries WHERE state = 'pending'"));
        }

        private async Task AddChannelAsync()
        {
            var name = $"hook{await database.CountAsync("notification_channels")}";
            var made = await Channels.CreateAsync(new ChannelInput { Kind = "webhook", Name = name, Url = $"http://localhost/{name}" }, By.Admin("me"), Cancel);
            _channels.Add(Assert.IsType<ChannelChange.Done>(made).Channel.Id);
        }

        private async Task EnsureRuleAsync() => _rule ??= (await Thresholds.CreateAsync(Rule, By.Admin("me"), Cancel)).Item!.Id;

        private async Task EditAsync(Func<ThresholdInput, ThresholdInput> edit) =>
            await Thresholds.UpdateAsync(_rule!.Value, edit(ThresholdInput.From((await Thresholds.GetAsync(_rule.Value, Cancel))!)), null, By.Admin("me"), Cancel);

        private async Task UnmuteAsync()
        {
            await EditAsync(rule => rule with { MutedUntil = null });
            foreach (var mute in await database.Get<MuteService>().ListAsync(Cancel))
                await database.Get<MuteService>().DeleteAsync(mute.Id, By.Admin("me"), Cancel);
        }

        private async Task DeliverAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now() WHERE state = 'pending'");
                await instance.GetRequiredService<Deliverer>().ReconcileAsync(Cancel);
                await instance.GetRequiredService<Deliverer>().DeliverAsync(Cancel);
            }
        }
    }
}
