namespace PerfDash.Core.Sources;

/// <summary>A source of the configuration, <c>PerfDash:Sources:0</c> and on.</summary>
public sealed class SourceOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Sources";

    /// <summary>What the source and its worker are called; blank: its host and port.</summary>
    public string Name { get; set; } = "";

    /// <summary>Address of the server, http or https; a path is kept.</summary>
    public string Url { get; set; } = "";

    /// <summary>Sent with every request, such as <c>Authorization</c>.</summary>
    public Dictionary<string, string> Headers { get; } = [];

    /// <summary>SHA-256 of the only certificate to accept, for a self-signed one; blank: what the machine trusts.</summary>
    public string CertificateSha256 { get; set; } = "";
}
