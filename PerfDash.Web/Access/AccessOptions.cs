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

    /// <summary>
    /// A file with a certificate and its private key (PEM or PFX without a password) that protects the keys of cookies, which are
    /// kept in the database; blank: they are not protected further.
    /// </summary>
    public string KeyFile { get; set; } = "";

    /// <summary>Pages that one account may have open on this instance at the same time, 1 to 10,000: each holds memory of the server.</summary>
    [Range(1, 10_000, ErrorMessage = "must be 1 to 10000")]
    public int MaxOpenPages { get; set; } = 200;

    /// <summary>Single sign-on.</summary>
    public OidcOptions Oidc { get; set; } = new();
}
