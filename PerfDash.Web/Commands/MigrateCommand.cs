using PerfDash.Data.Migrations;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash migrate</c>: brings the database to this program's schema.</summary>
internal static class MigrateCommand
{
    /// <summary>Applies what is missing, says so, and exits.</summary>
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var tools = await CommandServices.OpenAsync(settings, migrate: false, cancellationToken);
        var applied = await tools.MigrateAsync(cancellationToken);
        foreach (var name in applied)
            Console.WriteLine($"applied {name}");
        Console.WriteLine($"applied {applied.Count}, of {DatabaseMigrator.All.Count} migrations");
        return 0;
    }
}
