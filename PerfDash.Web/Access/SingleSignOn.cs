using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace PerfDash.Web.Access;

/// <summary>Signing in at an OpenID Connect provider: its account there, its role by a claim.</summary>
internal static partial class SingleSignOn
{
    /// <summary>Name of the authentication scheme.</summary>
    public const string Scheme = "oidc";

    /// <summary>Claim of the principal that the cookie is made of: where it signed in.</summary>
    public const string Provider = "perfdash:provider";

    /// <summary>Adds it where it is configured.</summary>
    public static void AddSingleSignOn(this AuthenticationBuilder authentication, OidcOptions settings)
    {
        if (!settings.IsEnabled)
            return;
        authentication.AddOpenIdConnect(Scheme, oidc =>
        {
            oidc.Authority = settings.Authority;
            oidc.ClientId = settings.ClientId;
            oidc.ClientSecret = settings.ClientSecret;
            oidc.SignInScheme = IdentityConstants.ApplicationScheme;
            oidc.ResponseType = OpenIdConnectResponseType.Code;
            // By GET: a form from the provider would need cookies that browsers send over https only.
            oidc.ResponseMode = OpenIdConnectResponseMode.Query;
            foreach (var cookie in new[] { oidc.CorrelationCookie, oidc.NonceCookie })
                (cookie.SameSite, cookie.SecurePolicy, cookie.Path) = (SameSiteMode.Lax, CookieSecurePolicy.SameAsRequest, "/");
            oidc.CallbackPath = PerfDashUrls.SignIn + "/oidc";
            oidc.SignedOutCallbackPath = PerfDashUrls.SignOut + "/oidc";
            oidc.SignedOutRedirectUri = PerfDashUrls.SignIn;
            // Of a provider in the studio's own network or on the same machine.
            oidc.RequireHttpsMetadata = settings.Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
            oidc.MapInboundClaims = false;
            oidc.GetClaimsFromUserInfoEndpoint = true;
            oidc.ClaimActions.MapUniqueJsonKey("preferred_username", "preferred_username");
            oidc.ClaimActions.MapJsonKey(settings.RoleClaim, settings.RoleClaim);
            oidc.Scope.Add("email");
            oidc.Events.OnTicketReceived = TakeTicketAsync;
            oidc.Events.OnRemoteFailure = context =>
            {
                Refuse(context, context.Failure?.Message ?? "no reason given");
                return Task.CompletedTask;
            };
            oidc.Events.OnRedirectToIdentityProviderForSignOut = context =>
            {
                context.ProtocolMessage.ClientId = settings.ClientId;
                return Task.CompletedTask;
            };
        });
    }

    /// <summary>Maps the address that leads to the provider.</summary>
    public static void MapSingleSignOn(this IEndpointRouteBuilder routes) =>
        routes.MapGet(PerfDashUrls.SignIn + "/sso", Start).AllowAnonymous().ExcludeFromDescription();

    /// <summary>The highest role whose value the claims hold; null for none.</summary>
    internal static Role? RoleOf(IEnumerable<Claim> claims, OidcOptions settings)
    {
        var values = claims.Where(c => c.Type == settings.RoleClaim).Select(c => c.Value).ToHashSet();
        return Gives(settings.Roles.Admin) ? Role.Admin : Gives(settings.Roles.Editor) ? Role.Editor : Gives(settings.Roles.Viewer) ? Role.Viewer : null;

        bool Gives(string value) => value.Length > 0 && values.Contains(value);
    }

    private static IResult Start(string? returnUrl, IOptions<AccessOptions> options) => options.Value.Oidc.IsEnabled
        ? TypedResults.Challenge(new AuthenticationProperties { RedirectUri = SignInEndpoints.Local(returnUrl) }, [Scheme])
        : TypedResults.NotFound();

    private static async Task TakeTicketAsync(TicketReceivedContext context)
    {
        var http = context.HttpContext;
        var settings = http.RequestServices.GetRequiredService<IOptions<AccessOptions>>().Value.Oidc;
        var claims = context.Principal!.Claims.ToList();
        var name = Find("preferred_username") ?? Find("email") ?? Find("name") ?? Find("sub");
        if (Find("sub") is not { } subject || name is null)
        {
            Refuse(context, "the provider named nobody");
            return;
        }

        var actor = new Actor(name, ActorKind.Account, null, http.RemoteAddress());
        if (RoleOf(claims, settings) is not { } role)
        {
            await http.RequestServices.GetRequiredService<SignInThrottle>().AddFailureAsync(name, actor.Address, $"no role in the claim {settings.RoleClaim}", http.RequestAborted);
            Refuse(context, $"{name} has no role here: the claim {settings.RoleClaim} holds none of the configured values");
            return;
        }

        var account = await http.RequestServices.GetRequiredService<AccountService>().FindOrCreateAsync(settings.Authority, subject, name, role, actor, http.RequestAborted);
        if (account is null || account.Disabled)
        {
            Refuse(context, $"{name} may not sign in: the account {(account is null ? "cannot be made" : "is disabled")}");
            return;
        }

        context.Principal = new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(ClaimTypes.NameIdentifier, account.Id.ToString(CultureInfo.InvariantCulture)), new Claim(Provider, settings.Authority)], Scheme));

        string? Find(string type) => claims.Find(c => c.Type == type)?.Value;
    }

    // (The handler does not look at the Fail of a ticket.)
    private static void Refuse<TOptions>(HandleRequestContext<TOptions> context, string reason)
        where TOptions : AuthenticationSchemeOptions
    {
        LogFailed(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SingleSignOn)), reason);
        context.Response.Redirect($"{PerfDashUrls.SignIn}?error=sso");
        context.HandleResponse();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Single sign-on failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
