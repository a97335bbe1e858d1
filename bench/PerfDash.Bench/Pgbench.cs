using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace PerfDash.Bench;

/// <summary>Completes running jobs by pgbench, each once, and reads the time of every transaction.</summary>
internal sealed class Pgbench
{
    // Prepared, as a host's driver would, and by key. Every client has ids of its own, so no row is waited for.
    private const string Script =
        """
        \set n :n + 1
        \set id :client_id * :per_client + :n
        UPDATE jobs SET status = 'completed', completed_at = now(), result = :result WHERE id = :id;
        """;

    private readonly BenchServer _server;
    private readonly string _script;
    private readonly string _resultJson;

    public Pgbench(BenchServer server, string resultJson)
    {
        _server = server;
        _resultJson = resultJson;
        _script = Path.Combine(server.Directory, "complete.sql");
        File.WriteAllText(_script, Script);
    }

    /// <summary>Completes the jobs 1 to <paramref name="clients"/> × <paramref name="jobsPerClient"/>.</summary>
    /// <param name="clients">Connections at the same time.</param>
    /// <param name="jobsPerClient">Jobs that each completes.</param>
    /// <param name="jobsPerSecond">Of all together, at random moments; null for no pause.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>Microseconds of each completion.</returns>
    public async Task<double[]> RunAsync(int clients, int jobsPerClient, int? jobsPerSecond, CancellationToken stop)
    {
        var log = Path.Combine(_server.Directory, "pgbench");
        var address = new NpgsqlConnectionStringBuilder(_server.ConnectionString);
        string[] arguments =
        [
            "--no-vacuum", "--protocol=prepared", $"--file={_script}", $"--client={clients}", $"--transactions={jobsPerClient}",
            $"--define=per_client={jobsPerClient}", "--define=n=0", $"--define=result={_resultJson}", "--log", $"--log-prefix={log}",
            .. jobsPerSecond is { } rate ? [$"--rate={rate}"] : Array.Empty<string>(),
        ];
        using var pgbench = Process.Start(new ProcessStartInfo(Path.Combine(_server.BinDirectory, "pgbench"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = address.Host,
                ["PGPORT"] = address.Port.ToString(CultureInfo.InvariantCulture),
                ["PGUSER"] = address.Username,
                ["PGPASSWORD"] = address.Password,
                ["PGDATABASE"] = address.Database,
            },
        })!;
        var output = pgbench.StandardOutput.ReadToEndAsync(stop);
        var errors = pgbench.StandardError.ReadToEndAsync(stop);
        await pgbench.WaitForExitAsync(stop);
        if (pgbench.ExitCode != 0)
            throw new InvalidOperationException($"pgbench failed: {await errors}{await output}");

        var file = $"{log}.{pgbench.Id}";
        var times = File.ReadLines(file).Select(Microseconds).ToArray();
        File.Delete(file);
        return times;
    }

    // client_id transaction_no time script_no time_epoch time_us [schedule_lag]: with a rate, the time counts from the
    // scheduled moment, and what pgbench itself came late is no cost of the database.
    private static double Microseconds(string line)
    {
        var fields = line.Split(' ');
        var time = double.Parse(fields[2], CultureInfo.InvariantCulture);
        return fields.Length > 6 ? time - double.Parse(fields[6], CultureInfo.InvariantCulture) : time;
    }
}
