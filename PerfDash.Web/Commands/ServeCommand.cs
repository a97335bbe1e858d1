using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;
using PerfDash.Core.Notifications;
using PerfDash.Web.Access;
using PerfDash.Web.Hosting;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary>The main job: serve the dashboard.</summary>
internal static class ServeCommand
{
    /// <summary>Where it listens unless an address is given.</summary>
    public const string DefaultAddress = "http://localhost:5080";

    /// <summary>Serves until it is stopped.</summary>
    /// <exception cref="StartupException">A setting is wrong, or the start was given up.</exception>
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        // A published program has its files beside it, wherever it is started from.
        var published = Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = published ? AppContext.BaseDirectory : null });
        builder.Configuration.AddSettingsBesideProgram();
        var warnings = SettingsCheck.Run(builder.Configuration);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultAddress);
        ListenAddresses.Check(builder.Configuration[WebHostDefaults.ServerUrlsKey]!);

        await using var database = await DatabaseHandle.OpenAsync(builder.Configuration, Console.Out, cancellationToken);
        builder.AddPerfDash(database.ConnectionString, new PrivateServer(database.Server));
        await using var app = builder.Build();
        foreach (var warning in warnings)
            SettingsLog.Warn(app.Logger, warning);
        app.MapPerfDash();
        await app.Services.GetRequiredService<DatabaseStart>().PrepareAsync(cancellationToken);
        var state = app.Services.GetRequiredService<StartupState>();
        app.Lifetime.ApplicationStarted.Register(() => state.Ready.ContinueWith(_ => Announce(app), TaskScheduler.Default));
        await app.RunAsync(cancellationToken);
        return state.Failure is { } failure
            ? throw new StartupException(Mistake.Sentence(failure) ?? failure.ToString(), failure)
            : 0;
    }

    private static void Announce(WebApplication app)
    {
        var links = app.Services.GetRequiredService<SignInLinks>();
        var root = PublicAddress(app);
        Print(links.Current);
        links.Renewed += Print;

        void Print(string token) =>
            Console.WriteLine($"PerfDash serves at {root}\nSign in with this one-time link: {PerfDashUrls.SignInWith(root, token)}");
    }

    /// <summary>Where people open it: as configured, for in a container or behind a proxy only the configuration knows; else where it listens.</summary>
    private static string PublicAddress(WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<NotificationOptions>>().Value.PublicUrl is { Length: > 0 } configured)
            return configured.TrimEnd('/');
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return (addresses.FirstOrDefault() ?? DefaultAddress).Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
    }
}

/// <summary>What the start says of the configuration.</summary>
internal static partial class SettingsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void Warn(ILogger logger, string warning);
}
