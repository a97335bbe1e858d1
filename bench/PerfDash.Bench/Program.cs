using System.CommandLine;
using PerfDash.Bench;
using PerfDash.Bench.Pages;
using PerfDash.Bench.Routes;

Option<int> rounds = new("--rounds") { Description = "Rounds of the interleaved variants.", DefaultValueFactory = _ => 5, Recursive = true };
Option<int> samples = new("--samples") { Description = "Jobs completed under an open page.", DefaultValueFactory = _ => 40, Recursive = true };
Option<int> minutes = new("--minutes") { Description = "How long a crowd is watched.", DefaultValueFactory = _ => 5, Recursive = true };
Option<int[]> rows = new("--rows")
{
    Description = "Sizes of the table that routes and pages are asked about, separated by commas.",
    DefaultValueFactory = _ => [100_000, 1_000_000, 10_000_000],
    CustomParser = given => ReadRows(given.Tokens[0].Value, given.AddError),
    Recursive = true,
};
foreach (var option in new[] { rounds, samples, minutes })
{
    option.Validators.Add(given =>
    {
        if (given.GetValueOrDefault<int>() < 1)
            given.AddError($"{given.Option.Name} must be at least 1.");
    });
}

var root = new RootCommand("Measures PerfDash on a private PostgreSQL and prints Markdown for docs/performance.md; progress goes to stderr.")
{
    Options = { rounds, samples, minutes, rows },
};
Add("host", "What the completion of a job pays for capture.", Host);
Add("drain", "How fast waiting completions become metrics.", Drain);
Add("live", "From COMMIT to the changed page.", Live);
Add("routes", "How long every question of the HTTP API takes.", Routes);
Add("alerts", "What alerts cost the collector, and from COMMIT to the webhook.", Alerts, Webhook);
Add("access", "What it costs a request to check its key.", Access);
Add("pages", "How long pages take, alone and in a crowd, for each of --rows.", Pages);
Add("crowd", "500 completions a second under 50 overviews on two instances.", Crowd);
Add("all", "All but the routes, pages and crowd.", Host, Drain, Live, Alerts, Webhook, Access);
var pictures = new Command("pictures", "Takes the pictures of every page for docs/images.");
Argument<string> folder = new("folder") { Description = "Where they go.", DefaultValueFactory = _ => "docs/images" };
pictures.Add(folder);
pictures.SetAction(async (given, stop) => Console.WriteLine(await Pictures.TakeAsync(given.GetValue(folder)!, stop)));
root.Subcommands.Add(pictures);
return await root.Parse(args).InvokeAsync();

Task<string> Host(ParseResult given, CancellationToken stop) => new HostFigure(given.GetValue(rounds)).RunAsync(stop);
Task<string> Drain(ParseResult given, CancellationToken stop) => new DrainFigure(given.GetValue(rounds)).RunAsync(stop);
Task<string> Alerts(ParseResult given, CancellationToken stop) => new AlertsFigure(given.GetValue(rounds)).RunAsync(stop);
Task<string> Access(ParseResult given, CancellationToken stop) => new AccessFigure(given.GetValue(rounds)).RunAsync(stop);
Task<string> Webhook(ParseResult given, CancellationToken stop) => new WebhookFigure(given.GetValue(samples)).RunAsync(stop);
Task<string> Live(ParseResult given, CancellationToken stop) => new LiveFigure(given.GetValue(samples)).RunAsync(stop);
Task<string> Routes(ParseResult given, CancellationToken stop) => new RouteFigure(given.GetValue(rows)!, given.GetValue(rounds)).RunAsync(stop);

Task<string> Crowd(ParseResult given, CancellationToken stop) => new CrowdFigure(TimeSpan.FromMinutes(given.GetValue(minutes))).RunAsync(stop);

async Task<string> Pages(ParseResult given, CancellationToken stop)
{
    List<string> tables = [];
    foreach (var size in given.GetValue(rows)!)
        tables.Add(await new PageFigure(size, given.GetValue(rounds)).RunAsync(stop));
    return string.Join('\n', tables);
}

static int[] ReadRows(string text, Action<string> addError)
{
    var read = text.Split(',').Select(size => int.TryParse(size, out var count) ? count : 0).ToArray();
    if (read.Any(count => count is < 1000 or > 100_000_000))
        addError("--rows must be whole numbers from 1000 to 100000000, separated by commas.");
    return read;
}

void Add(string name, string description, params Func<ParseResult, CancellationToken, Task<string>>[] figures)
{
    var command = new Command(name, description);
    command.SetAction(async (given, stop) =>
    {
        Console.WriteLine(await MachineFacts.ReadAsync(stop));
        foreach (var figure in figures)
            Console.WriteLine(await figure(given, stop));
    });
    root.Subcommands.Add(command);
}
