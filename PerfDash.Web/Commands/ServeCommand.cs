using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PerfDash.Data.Migrations;
using PerfDash.Web.Access;
using PerfDash.Web.Hosting;

namespace PerfDash.Web.Commands;

/// <summary>The main job: serve the dashboard.</summary>
internal static class ServeCommand
{
    /// <summary>Where it listens unless told otherwise.</summary>
    public const string DefaultAddress = "http://localhost:5080";

    /// <summary>Serves until it is told to stop.</summary>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        // A published program has its files beside it, wherever it is started from.
        var published = Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = published ? AppContext.BaseDirectory : null });
        builder.Configuration.AddSettingsBesideProgram();
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultAddress);

        await using var database = await DatabaseAddress.OpenAsync(builder.Configuration, Console.Out, cancellationToken);
        builder.AddPerfDash(database.ConnectionString);
        await using var app = builder.Build();
        app.MapPerfDash();
        await app.Services.GetRequiredService<DatabaseMigrator>().MigrateAsync(cancellationToken);
        app.Lifetime.ApplicationStarted.Register(() => Announce(app));
        await app.RunAsync(cancellationToken);
        return 0;
    }

    private static void Announce(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var root = (addresses.FirstOrDefault() ?? DefaultAddress).Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
        var links = app.Services.GetRequiredService<SignInLinks>();
        Print(links.Current);
        links.Renewed += Print;

        void Print(string token) =>
            Console.WriteLine($"PerfDash serves at {root}\nSign in with this one-time link: {PerfDashUrls.SignInWith(root, token)}");
    }
}
