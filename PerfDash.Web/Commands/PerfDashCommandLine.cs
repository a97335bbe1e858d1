using System.CommandLine;
using System.CommandLine.Help;

namespace PerfDash.Web.Commands;

/// <summary>What <c>./perfdash</c> understands.</summary>
internal static class PerfDashCommandLine
{
    // Given twice, as by a script that passes its own arguments on, the last counts.
    private static readonly Option<string[]> Urls = new("--urls") { Description = $"Addresses to listen on. Default: {ServeCommand.DefaultAddress}.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> Demo = new("--demo") { Description = "Fills an empty database with a demo farm and keeps completing jobs." };

    private static readonly Option<int> Jobs = new("--jobs")
    {
        Description = "Number of jobs, up to 10,000,000.",
        DefaultValueFactory = _ => 100_000,
        Validators = { result => Within(result, 1, 10_000_000) },
    };

    private static readonly Option<int> Days = new("--days")
    {
        Description = "Number of days up to now, up to 3,650.",
        DefaultValueFactory = _ => 30,
        Validators = { result => Within(result, 1, 3650) },
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "Random seed. The same seed gives the same history.", DefaultValueFactory = _ => 42 };

    private static readonly Argument<FileInfo> HistoryFile = new("FILE") { Description = "CSV with a header line, or newline-delimited JSON (.ndjson, .jsonl)." };

    private static readonly Option<FileInfo?> Map = new("--map") { Description = "JSON file that maps columns to fields. See docs/import.md." };

    private static readonly Option<bool> ShiftToNow = new("--shift-to-now") { Description = "Shifts all times so that the newest job is now." };

    private static readonly Option<DateTimeOffset?> From = new("--from") { Description = "First moment of the range, ISO 8601 in UTC. Default: the first job." };

    private static readonly Option<DateTimeOffset?> To = new("--to") { Description = "End of the range, exclusive. Default: now." };

    private static readonly Argument<string> Address = new("ADDRESS")
    {
        Description = "Address of the running PerfDash.",
        DefaultValueFactory = _ => ServeCommand.DefaultAddress,
    };

    private static readonly Argument<string> Server = new("URL") { Description = "Address of the ComfyUI server, such as http://gpu-01:8188." };

    private static readonly Option<string> Receiver = new("--to") { Description = "Address of PerfDash.", Required = true };

    private static readonly Option<string> Key = new("--key") { Description = "API key with the role ingest.", Required = true };

    private static readonly Option<string?> WorkerName = new("--name") { Description = "Name of the worker. Default: host and port of the server." };

    private static readonly Option<string[]> Headers = new("--header") { Description = "Header that the server wants, such as 'Authorization: Bearer abc'. May be repeated.", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Parses and runs; returns the exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new Command(
            "perfdash",
            """
            PerfDash: a performance dashboard for AI image and video generation farms.

            Without a command it serves the dashboard. Settings come from appsettings.json, environment variables
            (PerfDash__Demo__Enabled=true) and the command line (--PerfDash:Demo:Enabled=true); docs/configuration.md
            lists them. Every command takes settings.
            """)
        {
            Options = { Urls, Demo, new HelpOption(), new VersionOption() },
        };
        Run(root, (parsed, settings, token) => ServeCommand.RunAsync([.. settings, .. Serving(parsed)], token));
        Add(root, "migrate", "Applies database migrations and exits.", [], (_, settings, token) => MigrateCommand.RunAsync(settings, token));
        Add(
            root, "seed", "Creates synthetic job history.", [Jobs, Days, Seed],
            (parsed, settings, token) => SeedCommand.RunAsync(settings, parsed.GetValue(Jobs), parsed.GetValue(Days), parsed.GetValue(Seed), token));
        Add(
            root, "health", "Checks whether a running PerfDash is ready. Exit code 0 when it is.", [Address],
            (parsed, _, token) => HealthCommand.RunAsync(parsed.GetValue(Address)!, token));
        Add(
            root, "import", "Imports job history from a file.", [HistoryFile, Map, ShiftToNow],
            (parsed, settings, token) => ImportCommand.RunAsync(settings, parsed.GetValue(HistoryFile)!, parsed.GetValue(Map), parsed.GetValue(ShiftToNow), token));
        Add(
            root, "connect", "Follows a ComfyUI server and reports its prompts to a PerfDash elsewhere.", [Server, Receiver, Key, WorkerName, Headers],
            (parsed, _, token) => ConnectCommand.RunAsync(parsed.GetValue(Server)!, parsed.GetValue(Receiver)!, parsed.GetValue(Key)!, parsed.GetValue(WorkerName), parsed.GetValue(Headers) ?? [], token));
        Add(root, "sign-in-link", "Prints a one-time link that signs in as the owner, valid for 15 minutes.", [Urls], (parsed, settings, token) => SignInLinkCommand.RunAsync([.. settings, .. Listening(parsed)], token));
        var rollup = new Command("rollup", "Maintains roll-ups, the sums of closed hours and days.");
        Add(
            rollup, "rebuild", "Computes roll-ups anew, all of them or those of a range of days.", [From, To],
            (parsed, settings, token) => RollupCommand.RebuildAsync(settings, parsed.GetValue(From), parsed.GetValue(To), token));
        root.Subcommands.Add(rollup);
        var psql = new Command("psql", "Opens psql on the PerfDash database. Arguments such as -c 'SELECT 1' are passed to psql.") { TreatUnmatchedTokensAsErrors = false };
        psql.SetAction((parsed, token) => PsqlCommand.RunAsync(parsed.UnmatchedTokens, token));
        root.Subcommands.Add(psql);

        try
        {
            // A word that starts with @ is a word, not a file of arguments.
            var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Cancelled.");
            return 130;
        }
        catch (Exception e)
        {
            // What a person can mend is said in a sentence; everything else keeps its trace.
            await Console.Error.WriteLineAsync(Mistake.Sentence(e) ?? e.ToString());
            return 1;
        }
    }

    private static void Add(
        Command root, string name, string description, IEnumerable<Symbol> symbols, Func<ParseResult, string[], CancellationToken, Task<int>> action)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
        {
            if (symbol is Option option)
                command.Options.Add(option);
            else
                command.Arguments.Add((Argument)symbol);
        }

        Run(command, action);
        root.Subcommands.Add(command);
    }

    /// <summary>Runs the action once everything on the line is understood.</summary>
    private static void Run(Command command, Func<ParseResult, string[], CancellationToken, Task<int>> action)
    {
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, token) =>
        {
            string[] names = [.. command.Options.Select(o => o.Name), .. command.Subcommands.Select(c => c.Name)];
            var (settings, error) = SettingArguments.Read(parsed.UnmatchedTokens, names);
            if (error is null)
                return await action(parsed, settings, token);
            await Console.Error.WriteLineAsync(error);
            return 1;
        });
    }

    private static IEnumerable<string> Serving(ParseResult parsed)
    {
        foreach (var urls in Listening(parsed))
            yield return urls;
        if (parsed.GetResult(Demo) is { Implicit: false })
            yield return $"--PerfDash:Demo:Enabled={parsed.GetValue(Demo)}";
    }

    private static IEnumerable<string> Listening(ParseResult parsed) => parsed.GetValue(Urls) is [.., var urls] ? [$"--urls={urls}"] : [];

    private static void Within(System.CommandLine.Parsing.OptionResult result, int least, int most)
    {
        // A value that is no number is the parser's to refuse.
        if (result.Tokens is [{ Value: var text }] && int.TryParse(text, out var value) && (value < least || value > most))
            result.AddError($"{result.Option.Name} must be from {least:N0} to {most:N0}.");
    }
}
