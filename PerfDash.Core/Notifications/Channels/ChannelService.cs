using System.Diagnostics;
using Microsoft.Extensions.Options;
using PerfDash.Core.Access;
using PerfDash.Core.Alerts.Audit;
using PerfDash.Core.Notifications.Delivery;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Notifications.Channels;

/// <summary>Makes, changes, deletes and tries channels; who did what is kept.</summary>
public sealed class ChannelService
{
    private readonly IDbContextFactory<PerfDashDbContext> _contexts;
    private readonly ChannelSettingsStore _store;
    private readonly IEnumerable<INotificationChannel> _kinds;
    private readonly IOptions<NotificationOptions> _options;
    private readonly TimeProvider _time;

    internal ChannelService(
        IDbContextFactory<PerfDashDbContext> contexts,
        ChannelSettingsStore store,
        IEnumerable<INotificationChannel> kinds,
        IOptions<NotificationOptions> options,
        TimeProvider time) =>
        (_contexts, _store, _kinds, _options, _time) = (contexts, store, kinds, options, time);

    /// <summary>All that are not deleted, in the order they were made.</summary>
    public async Task<IReadOnlyList<ChannelItem>> GetAllAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var rows = await context.NotificationChannels.Where(c => c.DeletedAt == null).OrderBy(c => c.Id).ToListAsync(cancellationToken);
        return rows.ConvertAll(ChannelItem.From);
    }

    /// <summary>One; null when there is none.</summary>
    public async Task<ChannelItem?> GetAsync(long id, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await FindAsync(context, id, cancellationToken) is { } channel ? ChannelItem.From(channel) : null;
    }

    public async Task<ChannelChange> CreateAsync(ChannelInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var kind = EnumText.Find<ChannelKind>(input.Kind);
        if (input.Check(kind, isNew: true, _options.Value) is { Count: > 0 } errors)
            return new ChannelChange.Invalid(errors);
        var settings = SettingsOf(input, new ChannelSettings());
        var channel = new NotificationChannel
        {
            Kind = kind!.Value,
            Name = input.Name!.Trim(),
            Target = TargetOf(settings),
            SettingsProtected = _store.Protect(settings),
            MinimumSeverity = EnumText.Find<AlertSeverity>(input.MinimumSeverity) ?? AlertSeverity.Warning,
            Enabled = input.Enabled ?? true,
        };
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Add(channel);
        await context.SaveChangesAsync(cancellationToken);
        var item = ChannelItem.From(channel);
        RuleEdits.Audit(context, RuleType.Channel, channel.Id, actor, null, item, item.Name);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ChannelChange.Done(item);
    }

    /// <summary>Changes one. Of the channel in the application only the severity and whether it is on.</summary>
    public async Task<ChannelChange> UpdateAsync(long id, ChannelInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(context, id, cancellationToken) is not { } channel)
            return new ChannelChange.Unknown();
        if (channel.ConfigurationKey is not (null or ConfiguredChannels.InAppKey))
            return new ChannelChange.Refused($"This channel is managed in the configuration ({NotificationOptions.Section}:{channel.ConfigurationKey}). Change it there.");
        if (input.Check(channel.Kind, isNew: false, _options.Value) is { Count: > 0 } errors)
            return new ChannelChange.Invalid(errors);

        var before = ChannelItem.From(channel);
        channel.MinimumSeverity = EnumText.Find<AlertSeverity>(input.MinimumSeverity) ?? channel.MinimumSeverity;
        channel.Enabled = input.Enabled ?? channel.Enabled;
        if (channel.ConfigurationKey is null)
        {
            channel.Name = input.Name?.Trim() ?? channel.Name;
            if (input.Url is not null || input.Secret is not null || input.Recipients is not null)
            {
                var settings = SettingsOf(input, ReadableSettingsOf(channel));
                (channel.SettingsProtected, channel.Target) = (_store.Protect(settings), TargetOf(settings));
            }
        }

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Update(channel);
        await context.SaveChangesAsync(cancellationToken);
        var item = ChannelItem.From(channel);
        RuleEdits.Audit(context, RuleType.Channel, id, actor, before, item, item.Name);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ChannelChange.Done(item);
    }

    /// <summary>Deletes one; its settings are forgotten, the record of its deliveries stays.</summary>
    public async Task<ChannelChange> DeleteAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(context, id, cancellationToken) is not { } channel)
            return new ChannelChange.Unknown();
        if (channel.ConfigurationKey is not null)
            return new ChannelChange.Refused("This channel cannot be deleted. Disable it instead, or remove it from the configuration that defines it.");
        var before = ChannelItem.From(channel);
        (channel.DeletedAt, channel.Enabled, channel.SettingsProtected) = (_time.GetUtcNow().UtcDateTime, false, null);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        context.Update(channel);
        RuleEdits.Audit(context, RuleType.Channel, id, actor, before, null, before.Name);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ChannelChange.Done(before);
    }

    /// <summary>Sends a test message now, also to a channel that is off; null when there is no such channel.</summary>
    public async Task<ChannelTest?> TestAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        NotificationChannel? channel;
        await using (var context = await _contexts.CreateDbContextAsync(cancellationToken))
        {
            channel = await FindAsync(context, id, cancellationToken);
            if (channel is null)
                return null;
            context.Add(actor.Audit("channel_tested", channel.Name));
            await context.SaveChangesAsync(cancellationToken);
        }

        if (channel.Kind == ChannelKind.InApp)
            return new ChannelTest(true, null, 0);

        var clock = Stopwatch.StartNew();
        var error = await TrySendAsync(channel, cancellationToken);
        return new ChannelTest(error is null, error, Math.Round(clock.Elapsed.TotalMilliseconds, 1));
    }

    private async Task<string?> TrySendAsync(NotificationChannel channel, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.Value.SendTimeout);
        try
        {
            await _kinds.Single(k => k.Kind == channel.Kind).SendAsync(_store.SettingsOf(channel), [TestMessage.Make(_time.GetUtcNow().UtcDateTime, _options.Value.PublicUrl)], limit.Token);
            return null;
        }
        catch (DeliveryException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"No answer within {_options.Value.SendTimeout.TotalSeconds:0.#} s.";
        }
    }

    // A channel whose settings can no longer be decrypted is to be given new ones.
    private ChannelSettings ReadableSettingsOf(NotificationChannel channel)
    {
        try
        {
            return _store.SettingsOf(channel);
        }
        catch (DeliveryException)
        {
            return new ChannelSettings();
        }
    }

    private static ChannelSettings SettingsOf(ChannelInput input, ChannelSettings old) => new()
    {
        Url = input.Url ?? old.Url,
        Secret = input.Secret is null ? old.Secret : input.Secret.Length == 0 ? null : input.Secret,
        Recipients = input.Recipients ?? old.Recipients,
    };

    private static string TargetOf(ChannelSettings settings) =>
        settings.Url is { } url ? new Uri(url).Authority : string.Join(", ", settings.Recipients);

    private static Task<NotificationChannel?> FindAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken) =>
        context.NotificationChannels.FirstOrDefaultAsync(c => c.Id == id && c.DeletedAt == null, cancellationToken);
}
