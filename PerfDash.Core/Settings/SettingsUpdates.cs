namespace PerfDash.Core.Settings;

/// <summary>
/// Announces in this process that names, prices or alert rules changed, here or in another instance: figures loaded before are out of date.
/// </summary>
public sealed class SettingsUpdates
{
    /// <summary>NOTIFY channel for the other instances.</summary>
    public const string NotifyChannel = "perfdash_settings_changed";

    /// <summary>Raised after a change was committed. Handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>Announces a change in this process. Call it after the commit.</summary>
    public void Publish() => Changed?.Invoke();

    /// <summary>Announces a change in this process and to the other instances. Call it after the commit, so that whoever hears of it reads it.</summary>
    internal async Task PublishAsync(PerfDashDbContext context, CancellationToken cancellationToken)
    {
        Publish();
        await context.Database.ExecuteSqlRawAsync($"NOTIFY {NotifyChannel}", cancellationToken);
    }
}
