using PerfDash.Core.Notifications;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash sign-in-link</c>: a one-time link for who has no account, or cannot use it.</summary>
internal static class SignInLinkCommand
{
    /// <summary>Prints a link to the PerfDash that serves on this database.</summary>
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var command = await CommandServices.OpenAsync(settings, migrate: true, cancellationToken);
        var configuration = command.Services.GetRequiredService<IConfiguration>();
        await PrintAsync(command.Services, PublicAddress(configuration, configuration[WebHostDefaults.ServerUrlsKey]?.Split(';')[0]), cancellationToken);
        return 0;
    }

    public static async Task PrintAsync(IServiceProvider services, string root, CancellationToken cancellationToken)
    {
        var token = await services.GetRequiredService<SignInLinkService>().CreateAsync(cancellationToken);
        Console.WriteLine($"Sign in with this one-time link, valid for {SignInLinkService.Lifetime.TotalMinutes:0} minutes: {PerfDashUrls.SignInWith(root, token)}");
    }

    /// <summary>Where people open it: as configured, for in a container or behind a proxy only the configuration knows; else where it listens.</summary>
    public static string PublicAddress(IConfiguration configuration, string? listening) =>
        configuration[$"{NotificationOptions.Section}:{nameof(NotificationOptions.PublicUrl)}"] is { Length: > 0 } configured
            ? configured.TrimEnd('/')
            : (listening is { Length: > 0 } ? listening : ServeCommand.DefaultAddress)
                .Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
}
