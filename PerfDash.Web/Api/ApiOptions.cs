using System.ComponentModel.DataAnnotations;

namespace PerfDash.Web.Api;

/// <summary>Limits of the API, section <c>PerfDash:Api</c>.</summary>
public sealed class ApiOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Api";

    /// <summary>
    /// Requests a second that each key, each signed-in user and each address without either may make on average; twice
    /// as many at once. 0 sets no limit.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 1000;

    /// <summary>Bytes of a request's body, at most.</summary>
    [Range(1024, 1_073_741_824)]
    public long MaxRequestBytes { get; set; } = 30_000_000;
}
