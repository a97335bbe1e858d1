using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
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
        app.Lifetime.ApplicationStarted.Register(() => state.Ready.ContinueWith(_ => AnnounceAsync(app, cancellationToken), TaskScheduler.Default));
        await app.RunAsync(cancellationToken);
        return state.Failure is { } failure
            ? throw new StartupException(Mistake.Sentence(failure) ?? failure.ToString(), failure)
            : 0;
    }

    private static async Task AnnounceAsync(WebApplication app, CancellationToken cancellationToken)
    {
        var root = SignInLinkCommand.PublicAddress(
            app.Configuration, app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault());
        try
        {
            Console.WriteLine($"PerfDash serves at {root}");
            if (!await app.Services.GetRequiredService<AccountService>().HasAdminAsync(cancellationToken))
                await SignInLinkCommand.PrintAsync(app.Services, root, cancellationToken);
        }
        catch (Exception e) when (DatabaseErrors.Find(e) is not null)
        {
            Console.WriteLine($"No sign-in link could be made. {DatabaseErrors.Describe(e)} Make one with: ./perfdash sign-in-link");
        }
    }
}

/// <summary>What the start says of the configuration.</summary>
internal static partial class SettingsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void Warn(ILogger logger, string warning);
}
