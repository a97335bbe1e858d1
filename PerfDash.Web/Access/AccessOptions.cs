using System.ComponentModel.DataAnnotations;

namespace PerfDash.Web.Access;

/// <summary>Settings of access, section <c>PerfDash:Auth</c>.</summary>
public sealed class AccessOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash:Auth";

    /// <summary>A key with every right, for automation; blank: none. Accepted from configuration, never stored.</summary>
    [RegularExpression(@"^\S{16,}$|^\s*$", ErrorMessage = "must be at least 16 characters without spaces")]
    public string BootstrapApiKey { get; set; } = "";
}
