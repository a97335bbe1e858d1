using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;

namespace PerfDash.Web;

/// <summary>Every address of the application.</summary>
public static class PerfDashUrls
{
    /// <summary>The overview page.</summary>
    public const string Overview = "/";

    public const string Workflows = "/workflows";

    /// <summary>Quality scores and what they depend on.</summary>
    public const string Quality = "/quality";

    /// <summary>Workflows, or two periods of one, side by side.</summary>
    public const string Compare = "/compare";

    public const string Workers = "/workers";

    public const string Jobs = "/jobs";

    /// <summary>What a job would take.</summary>
    public const string Estimate = "/estimate";

    /// <summary>Thresholds and incidents.</summary>
    public const string Alerts = "/alerts";

    /// <summary>Names, prices, retention.</summary>
    public const string Settings = "/settings";

    /// <summary>Who may sign in.</summary>
    public const string Accounts = Settings + "/accounts";

    /// <summary>Keys of programs.</summary>
    public const string Keys = Settings + "/keys";

    /// <summary>What PerfDash asks by itself.</summary>
    public const string Sources = Settings + "/sources";

    /// <summary>Who did what.</summary>
    public const string Audit = Settings + "/audit";

    /// <summary>One's own password and sessions.</summary>
    public const string MyAccount = Settings + "/me";

    /// <summary>How capture is doing, with failures and warnings.</summary>
    public const string Collection = "/collection";

    /// <summary>What an address without a page shows.</summary>
    public const string NotFound = "/not-found";

    /// <summary>Makes the first account.</summary>
    public const string FirstAccount = "/first-account";

    /// <summary>Root of the API of accounts, keys and the audit trail.</summary>
    public const string Access = "/access";

    /// <summary>Root of the API of sources.</summary>
    public const string SourcesApi = "/sources";

    /// <summary>Signs a browser in.</summary>
    public const string SignIn = "/sign-in";

    /// <summary>What the browser asks for while a passkey is made or used.</summary>
    public const string Passkeys = "/access/passkeys";

    public const string SignOut = "/sign-out";

    /// <summary>Whether the program can do its work.</summary>
    public const string Ready = "/health/ready";

    /// <summary>Root of the API.</summary>
    public const string Api = "/performance";

    /// <summary>Root of what OpenTelemetry's exporters send to.</summary>
    public const string Otlp = "/v1";

    public const string ApiReference = "/reference";

    public static string Workflow(long id) => $"{Workflows}/{id}";

    public static string Worker(long id) => $"{Workers}/{id}";

    public static string Job(long id) => $"{Jobs}/{id}";

    /// <summary>One incident, as notifications link to it.</summary>
    public static string Alert(long id) => $"{Alerts}?incident={id}";

    public static string CompareHistory(long workflowId, TimeRange before, TimeRange after) => QueryHelpers.AddQueryString(Compare, new Dictionary<string, string?>
    {
        ["mode"] = "history",
        ["workflow"] = workflowId.ToString(CultureInfo.InvariantCulture),
        ["before_from"] = Moment(before.From),
        ["before_to"] = Moment(before.To),
        ["after_from"] = Moment(after.From),
        ["after_to"] = Moment(after.To),
    });

    /// <summary>One workflow before and after a moment within the range shown.</summary>
    public static string CompareAt(long workflowId, DateTimeOffset split) => QueryHelpers.AddQueryString(Compare, new Dictionary<string, string?>
    {
        ["mode"] = "history",
        ["workflow"] = workflowId.ToString(CultureInfo.InvariantCulture),
        ["split"] = Moment(split),
    });

    /// <summary>A moment as addresses carry it, to the millisecond.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString(moment.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>True for addresses that programs call: they get a status and problem details, never a redirect or a page.</summary>
    public static bool IsForPrograms(PathString path) =>
        path.StartsWithSegments(Api) || path.StartsWithSegments(Access) || path.StartsWithSegments(SourcesApi) || path.StartsWithSegments(Otlp) || path.StartsWithSegments("/health") || path.StartsWithSegments("/_blazor")
        || path.StartsWithSegments("/openapi") || path.StartsWithSegments("/metrics");

    /// <summary>A file that a job made.</summary>
    public static string JobOutput(long jobId, int index) => string.Create(CultureInfo.InvariantCulture, $"{Api}/job/{jobId}/outputs/{index}");

    /// <summary>Makes the first account and leads on.</summary>
    public static string FirstAccountThen(string returnUrl) => QueryHelpers.AddQueryString(FirstAccount, "returnUrl", returnUrl);

    /// <summary>The link printed on the console.</summary>
    public static string SignInWith(string root, string token) =>
        QueryHelpers.AddQueryString(root.TrimEnd('/') + SignIn, "token", token);
}
