using System.ComponentModel;
using System.Diagnostics;
using Npgsql;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary><c>./perfdash psql</c>: a prompt on PerfDash's database, private or configured.</summary>
internal static class PsqlCommand
{
    /// <summary>Runs psql with the arguments that are no settings, until it is left; its exit code is returned.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var configuration = CommandSettings.Read([.. arguments.Where(IsSetting)]);
        await using var database = await DatabaseHandle.OpenAsync(configuration, Console.Error, cancellationToken);
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
        foreach (var argument in arguments.Where(a => !IsSetting(a)))
            start.ArgumentList.Add(argument);
        try
        {
            using var psql = Process.Start(start)!;
            await psql.WaitForExitAsync(cancellationToken);
            return psql.ExitCode;
        }
        catch (Win32Exception e)
        {
            throw new StartupException($"psql was not found on this machine; install it with: apt-get install postgresql-client ({e.Message})", e);
        }
    }

    // psql's own options have no colon in their names.
    private static bool IsSetting(string argument) =>
        argument.Split('=', 2) is [var name, _] && name.Contains(':', StringComparison.Ordinal) && SettingArguments.IsSetting(name);
}
