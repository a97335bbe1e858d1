using Microsoft.Extensions.DependencyInjection;

namespace PerfDash.Core.Messaging;

/// <summary>What a notification of PostgreSQL does in this process. Notifications are hints without content: those sent while nobody listens are gone.</summary>
/// <param name="Channel">The channel of NOTIFY.</param>
/// <param name="Handle">Called for each notification. Must be quick and must not throw: Npgsql ignores what is thrown.</param>
public sealed record PostgresNotificationHandler(string Channel, Action Handle)
{
    /// <summary>Called after each connect, when notifications may have been missed.</summary>
    public Action CatchUp { get; init; } = Handle;

    /// <summary>True where notifications that this process sent itself, with its instance id as payload, are ignored.</summary>
    public bool IgnoresOwn { get; init; }

    /// <summary>False where the channel is not listened to; <see cref="CatchUp"/> is called all the same.</summary>
    public bool IsEnabled { get; init; } = true;
}

/// <summary>Registers handlers.</summary>
internal static class PostgresNotificationHandlers
{
    public static IServiceCollection AddNotificationHandler(this IServiceCollection services, Func<IServiceProvider, PostgresNotificationHandler> create) =>
        services.AddSingleton(create);
}
