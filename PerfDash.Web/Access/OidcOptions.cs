namespace PerfDash.Web.Access;

/// <summary>Single sign-on by OpenID Connect, section <c>PerfDash:Auth:Oidc</c>.</summary>
public sealed class OidcOptions
{
    /// <summary>Address of the provider, for example <c>https://login.example.org/realms/studio</c>; blank: no single sign-on.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Id of PerfDash at the provider.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret; blank for a public client.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The claim that says what a person may do.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>The values of the claim that give roles.</summary>
    public OidcRoles Roles { get; set; } = new();

    internal bool IsEnabled => Authority.Length > 0;
}

/// <summary>By role the value of the claim that gives it. The highest that fits counts; whoever has none does not come in.</summary>
public sealed class OidcRoles
{
    /// <summary>Value that makes a viewer; blank: none does.</summary>
    public string Viewer { get; set; } = "";

    /// <summary>Value that makes an editor; blank: none does.</summary>
    public string Editor { get; set; } = "";

    /// <summary>Value that makes an admin; blank: none does.</summary>
    public string Admin { get; set; } = "";
}
