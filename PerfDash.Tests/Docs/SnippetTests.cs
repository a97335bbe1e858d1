using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PerfDash.Core.Ingest.Import;
using PerfDash.Tests.Collection;

namespace PerfDash.Tests.Docs;

/// <summary>Every command and snippet of README.md and docs/ is run as written.</summary>
public sealed class SnippetTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private const string Trace = "../shared/data/gentd26/requests.csv";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Commands that a test cannot run: those that run this test, measurements of minutes to hours, and what needs a Docker engine.
    /// </summary>
    private static readonly string[] NotRunHere = ["./test", "dotnet test ", "dotnet run -c Release --project bench/", "docker "];

    private readonly string _folder = Directory.CreateTempSubdirectory("perfdash-snippets-").FullName;

    public static TheoryData<string> Sh => [.. Snippet.All.Where(snippet => snippet.Language == "sh" && Commands(snippet).Length > 0).Select(snippet => snippet.ToString())];

    public static TheoryData<string> Console => Labels("console");

    public static TheoryData<string> Sql => Labels("sql");

    public static TheoryData<string> Json => Labels("json");

    public static TheoryData<string> Python => Labels("python");

    public static TheoryData<string> CSharp => Labels("csharp");

    public async ValueTask InitializeAsync() => await database.ClearAsync();

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Every_snippet_says_what_it_is() =>
        Assert.All(Snippet.All, snippet => Assert.Contains(snippet.Language, (string[])["sh", "console", "sql", "json", "python", "csharp", "text"]));

    [Theory]
    [MemberData(nameof(Sh))]
    public async Task A_shell_snippet_runs(string label)
    {
        SkipWithoutTrace(label);

        var (exitCode, output) = await RunAsync(Commands(Find(label)));

        Assert.True(exitCode == 0, $"{label} ended with {exitCode}:\n{output}");
    }

    [Theory]
    [MemberData(nameof(Console))]
    public async Task A_session_at_the_console_prints_what_the_docs_show(string label)
    {
        SkipWithoutTrace(label);
        var lines = Find(label).Text.Split('\n');
        await File.WriteAllTextAsync(Path.Combine(_folder, "farm.csv"), FarmCsv(), TestContext.Current.CancellationToken);

        var (_, output) = await RunAsync(string.Join('\n', lines.Where(IsCommand).Select(line => line[2..])));

        foreach (var shown in lines.Where(line => !IsCommand(line)))
            Assert.Contains(shown, output, StringComparison.Ordinal);

        static bool IsCommand(string line) => line.StartsWith("$ ", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sql))]
    public async Task An_SQL_snippet_leaves_the_jobs_of_others_alone(string label)
    {
        await database.ExecuteAsync(
            """
            INSERT INTO workflows (name, external_id) VALUES ('Portrait', 'other'), ('Landscape', NULL);
            INSERT INTO workers (name) VALUES ('gpu-1'), ('gpu-2');
            INSERT INTO jobs (external_id, workflow_id, worker_id, status, result)
            SELECT 'other-' || n, 1, 1, (ARRAY['pending', 'running', 'failed', 'completed'])[n % 4 + 1], '{"frame_count": 7}' FROM generate_series(1, 40) n;
            """);
        await database.DrainAsync();
        const string Others = "SELECT md5(string_agg(j::text, ';' ORDER BY id)) FROM jobs j WHERE external_id LIKE 'other-%'";
        var before = await database.ScalarAsync<string>(Others);
        var metrics = await database.CountAsync("performance_metrics");

        await database.ExecuteAsync(Find(label).Text);
        await database.DrainAsync();

        Assert.Equal(before, await database.ScalarAsync<string>(Others));
        if (Find(label).File == "README.md")
            Assert.Equal(metrics + 1, await database.CountAsync("performance_metrics"));
    }

    [Theory]
    [MemberData(nameof(Json))]
    public async Task A_JSON_snippet_is_what_the_program_takes(string label)
    {
        var snippet = Find(label);
        using var json = JsonDocument.Parse(snippet.Text);
        var names = json.RootElement.EnumerateObject().Select(member => member.Name).ToArray();
        if (names.Contains("event"))
            return; // What PerfDash sends: the tests of deliveries assert its fields.
        if (snippet.Text.Contains("\"{", StringComparison.Ordinal))
        {
            ImportMapReader.Parse(snippet.Text);
            return;
        }

        // A result of a job, or a line of a file to import.
        var line = names.Contains("workflow") ? snippet.Text : snippet.Text.Insert(1, "\"workflow\": {\"external_id\": \"w\", \"name\": \"W\"}, \"worker\": {\"external_id\": \"k\"}, ");
        await File.WriteAllTextAsync(Path.Combine(_folder, "line.ndjson"), line.ReplaceLineEndings(""), TestContext.Current.CancellationToken);
        var (exitCode, output) = await RunAsync("./perfdash import line.ndjson");

        Assert.Equal(0, exitCode);
        Assert.Contains("imported 1, duplicates 0, rejected 0", output, StringComparison.Ordinal);
        Assert.Equal(0, await database.CountAsync("job_collections WHERE warnings IS NOT NULL"));
    }

    [Theory]
    [MemberData(nameof(Python))]
    public async Task A_Python_snippet_runs(string label)
    {
        var text = Find(label).Text;
        if ((await RunAsync("python3 -c 'import json'")).ExitCode != 0)
            Assert.Skip($"{label}: there is no Python on this machine.");
        if (text.Contains("opentelemetry", StringComparison.Ordinal) && (await RunAsync("python3 -c 'import opentelemetry.sdk.trace, opentelemetry.exporter.otlp.proto.http'")).ExitCode != 0)
            Assert.Skip($"{label}: Python has no opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http on this machine.");

        await RunProgramAsync(label, $"cat > snippet.py <<'END'\n{text}\nEND\npython3 snippet.py");
    }

    [Theory]
    [MemberData(nameof(CSharp))]
    public Task A_CSharp_snippet_runs(string label) => RunProgramAsync(label, $"cat > snippet.cs <<'END'\n{Find(label).Text}\nEND\ndotnet run snippet.cs");

    /// <summary>Runs a program; one that knows where PerfDash is must have reported a job.</summary>
    private async Task RunProgramAsync(string label, string script)
    {
        var reports = script.Contains("http://localhost:5080", StringComparison.Ordinal);

        var (exitCode, output) = await RunAsync(script, reports);

        Assert.True(exitCode == 0, $"{label} ended with {exitCode}:\n{output}");
        // Spans may still wait for the rest of their trace.
        Assert.True(!reports || await database.CountAsync("jobs") + await database.CountAsync("otlp_spans") > 0, output);
    }

    private static TheoryData<string> Labels(string language) => [.. Snippet.All.Where(snippet => snippet.Language == language).Select(snippet => snippet.ToString())];

    private static string Commands(Snippet snippet) =>
        string.Join('\n', snippet.Text.Split('\n').Where(line => !NotRunHere.Any(command => line.StartsWith(command, StringComparison.Ordinal)))).Trim();

    private static Snippet Find(string label) => Snippet.All.Single(snippet => snippet.ToString() == label);

    private static void SkipWithoutTrace(string label)
    {
        if (Find(label).Text.Contains(Trace, StringComparison.Ordinal) && !File.Exists(Path.Combine(Repository.Root, Trace)))
            Assert.Skip($"{label}: the trace is not beside this checkout.");
    }

    /// <summary>The file that docs/import.md speaks of: 1,204 jobs, and one whose start is not a date.</summary>
    private static string FarmCsv()
    {
        var lines = new StringBuilder("external_id,workflow,worker,started_at,completed_at\n");
        for (var line = 2; line <= 1206; line++)
        {
            var startedAt = line == 17 ? "yesterday" : new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(line).ToString("O", CultureInfo.InvariantCulture);
            lines.Append(CultureInfo.InvariantCulture, $"farm-{line},portrait,gpu-1,{startedAt},2026-02-01T00:00:00Z\n");
        }

        return lines.ToString();
    }

    /// <summary>
    /// Runs a script in the repository (files it names without a folder are the test's own) against the test's database.
    /// <c>./perfdash</c> is the built program; where it would serve, it does so until it is ready, with a database of its own.
    /// </summary>
    private async Task<(int ExitCode, string Output)> RunAsync(string script, bool serves = false)
    {
        await using var app = serves || script.Contains("curl", StringComparison.Ordinal)
            ? PerfDashApp.Start(database.ConnectionString, ("PerfDash:Auth:BootstrapApiKey", "choose-a-long-secret"))
            : null;
        var address = app is null ? "" : PerfDashApp.AddressOf(app);
        var start = new ProcessStartInfo("bash", ["-s"])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__PerfDash"] = database.ConnectionString,
                ["KEY"] = "choose-a-long-secret",
                ["FOLDER"] = _folder,
                ["PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "PerfDash.Web.dll"),
            },
        };
        using var bash = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        // Also what a hanging command started.
        await using var killed = limit.Token.Register(() => bash.Kill(entireProcessTree: true));
        await bash.StandardInput.WriteAsync(
            $$"""
            set -eu
            curl() { command curl --silent --show-error --fail-with-body "$@"; }
            perfdash() {
                case "${1:-}" in
                ''|--demo|--urls) serve "$@" ;;
                *) dotnet "$PROGRAM" "$@" ;;
                esac
            }
            serve() (
                unset ConnectionStrings__PerfDash
                export ASPNETCORE_ENVIRONMENT=Development PerfDash__DataDirectory="$FOLDER/data" PerfDash__Demo__HistoryJobs=100
                port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
                dotnet "$PROGRAM" "$@" --urls "http://127.0.0.1:$port" >"$FOLDER/serve.log" 2>&1 &
                for try in $(seq 1 240); do
                    if command curl --silent --fail "http://127.0.0.1:$port/health/ready" >/dev/null; then ready=1; break; fi
                    sleep 0.25
                done
                kill -TERM $! && wait $! || true
                [ -n "${ready:-}" ] || { cat "$FOLDER/serve.log"; exit 1; }
            )
            {{script
                .Replace("./perfdash &", "perfdash", StringComparison.Ordinal)
                .Replace("./perfdash", "perfdash", StringComparison.Ordinal)
                .Replace("http://localhost:5080", address, StringComparison.Ordinal)
                .Replace(Trace, Path.Combine(Repository.Root, Trace), StringComparison.Ordinal)
                .Replace("docs/examples/", Path.Combine(Repository.Root, "docs/examples/"), StringComparison.Ordinal)}}
            """);
        bash.StandardInput.Close();
        var errors = bash.StandardError.ReadToEndAsync(limit.Token);
        var output = await bash.StandardOutput.ReadToEndAsync(limit.Token) + await errors;
        await bash.WaitForExitAsync(limit.Token);
        return (bash.ExitCode, output);
    }
}
