using System.CommandLine;
using PerfDash.Core.Ingest.Import;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;

namespace PerfDash.Web.Commands;

/// <summary>What <c>./perfdash</c> understands.</summary>
internal static class PerfDashCommandLine
{
    private static readonly Option<int> Jobs = new("--jobs")
    {
        Description = "Number of jobs, up to 10,000,000.",
        DefaultValueFactory = _ => 100_000,
        Validators = { result => Within(result, result.GetValueOrDefault<int>(), 1, 10_000_000) },
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "Number of days up to now.",
        DefaultValueFactory = _ => 30,
        Validators = { result => Within(result, result.GetValueOrDefault<int>(), 1, 3650) },
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "Random seed. The same seed gives the same history.", DefaultValueFactory = _ => 42 };

    private static readonly Argument<FileInfo> HistoryFile = new("FILE") { Description = "CSV with a header line, or newline-delimited JSON (.ndjson, .jsonl)." };

    private static readonly Option<FileInfo?> Map = new("--map") { Description = "JSON file that maps columns to fields. See docs/import.md." };

    private static readonly Option<bool> ShiftToNow = new("--shift-to-now") { Description = "Shifts all times so that the newest job is now." };

    private static readonly Argument<string> Address = new("ADDRESS")
    {
        Description = "Address of the running PerfDash.",
        DefaultValueFactory = _ => ServeCommand.DefaultAddress,
    };

    /// <summary>Parses and runs; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        // Settings of the application may stand anywhere: --urls http://…, --PerfDash:DataDirectory=….
        var settings = args;
        var root = new RootCommand(
            """
            PerfDash: a performance dashboard for AI image and video generation farms.

            Without a command it serves the dashboard. Settings come from appsettings.json, environment variables
            (PerfDash__Demo__Enabled=true) and the command line (--urls http://localhost:5080).
            """)
        {
            TreatUnmatchedTokensAsErrors = false,
            Options =
            {
                new Option<string>("--urls") { Description = "Addresses to listen on. Default: http://localhost:5080." },
                new Option<bool>("--demo") { Description = "Fills an empty database with a demo farm and keeps completing jobs." },
            },
        };
        root.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.UnmatchedTokens.FirstOrDefault(t => !t.StartsWith('-') && !IsValueOfSetting(args, t)) is { } unknown)
            {
                Console.Error.WriteLine($"Unknown command '{unknown}'. See --help.");
                return Task.FromResult(1);
            }

            return ServeCommand.RunAsync(Translate(settings), cancellationToken);
        });
        root.Subcommands.Add(Command("migrate", "Applies database migrations and exits.", [], (_, token) => MigrateCommand.RunAsync(settings, token)));
        root.Subcommands.Add(Command(
            "seed", "Creates synthetic job history.", [Jobs, Days, Seed],
            (parsed, token) => SeedCommand.RunAsync(settings, parsed.GetValue(Jobs), parsed.GetValue(Days), parsed.GetValue(Seed), token)));
        root.Subcommands.Add(Command(
            "health", "Checks whether a running PerfDash is ready.", [Address],
            (parsed, token) => HealthCommand.RunAsync(parsed.GetValue(Address)!, token)));
        root.Subcommands.Add(Command(
            "import", "Imports job history from a file.", [HistoryFile, Map, ShiftToNow],
            (parsed, token) => ImportCommand.RunAsync(
                settings, parsed.UnmatchedTokens, parsed.GetValue(HistoryFile)!, parsed.GetValue(Map), parsed.GetValue(ShiftToNow), token)));
        root.Subcommands.Add(Command(
            "psql", "Opens psql on the PerfDash database. Arguments after -- are passed to psql.", [],
            (_, token) => PsqlCommand.RunAsync(settings, token)));
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null })
            .ContinueWith(Report, TaskScheduler.Default);
    }

    private static Command Command(string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, CancellationToken, Task<int>> action)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else
                command.Arguments.Add((Argument)symbol);
        }

        command.SetAction(action);
        return command;
    }

    private static string[] Translate(string[] args) =>
        [.. args.Select(a => a == "--demo" ? "--PerfDash:Demo:Enabled=true" : a)];

    private static bool IsValueOfSetting(string[] args, string token)
    {
        var at = Array.IndexOf(args, token);
        return at > 0 && args[at - 1].StartsWith("--", StringComparison.Ordinal) && !args[at - 1].Contains('=');
    }

    private static void Within(System.CommandLine.Parsing.OptionResult result, int value, int least, int most)
    {
        if (value < least || value > most)
            result.AddError($"{result.Option.Name} must be from {least:N0} to {most:N0}.");
    }

    /// <summary>What a person can mend is said in a sentence; everything else keeps its trace.</summary>
    private static int Report(Task<int> run)
    {
        if (run.Exception?.GetBaseException() is not { } e)
            return run.IsCanceled ? 130 : run.Result;
        Console.Error.WriteLine(e switch
        {
            OperationCanceledException => "Cancelled.",
            EmbeddedPostgresException or MigrationException or HistoryImportException or Microsoft.Extensions.Options.OptionsValidationException => e.Message,
            Npgsql.NpgsqlException => $"Cannot use the database: {e.Message}",
            _ => e.ToString(),
        });
        return e is OperationCanceledException ? 130 : 1;
    }
}
