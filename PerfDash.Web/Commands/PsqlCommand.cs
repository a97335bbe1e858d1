using System.Diagnostics;
using Npgsql;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash psql</c>: a prompt on PerfDash's database, private or configured.</summary>
internal static class PsqlCommand
{
    /// <summary>Runs psql until it is left; its exit code is returned.</summary>
    public static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        // What stands behind -- is for psql.
        var configuration = CommandSettings.Read(settings.TakeWhile(s => s != "--"));
        await using var database = await DatabaseAddress.OpenAsync(configuration, Console.Error, cancellationToken);
        var address = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var start = new ProcessStartInfo(database.BinDirectory is { } bin ? Path.Combine(bin, "psql") : "psql")
        {
            Environment =
            {
                ["PGHOST"] = address.Host,
                ["PGPORT"] = address.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["PGUSER"] = address.Username,
                ["PGPASSWORD"] = address.Password,
                ["PGDATABASE"] = address.Database,
            },
        };
        foreach (var argument in settings.SkipWhile(s => s != "--").Skip(1))
            start.ArgumentList.Add(argument);
        using var psql = Process.Start(start)!;
        await psql.WaitForExitAsync(cancellationToken);
        return psql.ExitCode;
    }
}
