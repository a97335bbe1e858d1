using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace PerfDash.Web.Access;

/// <summary>The cookie names a session; who it is and what they may do is read from the database with every request.</summary>
internal sealed class SessionCookieEvents(SessionService sessions, TimeProvider time) : CookieAuthenticationEvents
{
    private const string Token = "perfdash:token";

    /// <summary>What the owner's principal is named by while signing in.</summary>
    public static ClaimsPrincipal Owner => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, SessionService.OwnerName)], "link"));

    /// <inheritdoc />
    public override async Task SigningIn(CookieSigningInContext context)
    {
        var id = context.Principal?.FindFirstValue(ClaimTypes.NameIdentifier);
        long? accountId = id == SessionService.OwnerName ? null : long.Parse(id!, CultureInfo.InvariantCulture);
        var token = await sessions.StartAsync(accountId, context.HttpContext.RemoteAddress(), context.Request.Headers.UserAgent, context.Principal?.FindFirstValue(SingleSignOn.Provider), Method(context.Principal), context.HttpContext.RequestAborted);
        context.Principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(Token, token)], context.Scheme.Name));
        context.Properties.IsPersistent = true;
        context.Properties.ExpiresUtc = time.GetUtcNow() + SessionService.Lifetime;
        context.CookieOptions.Expires = context.Properties.ExpiresUtc;
    }

    // By name and password unless said otherwise.
    private static string? Method(ClaimsPrincipal? principal) => principal?.FindFirstValue(ClaimTypes.AuthenticationMethod) is var method && method is "two-factor" or "passkey" ? method : null;

    /// <inheritdoc />
    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        // What anybody may have, styles and scripts above all, costs no query and needs no database that answers.
        var path = context.Request.Path;
        var isForAnybody = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            && !path.StartsWithSegments(PerfDashUrls.SignIn) && !path.StartsWithSegments(PerfDashUrls.SignOut);
        if (isForAnybody || context.Principal?.FindFirstValue(Token) is not { } token || await sessions.FindAsync(token, context.HttpContext.RequestAborted) is not { } session)
        {
            context.RejectPrincipal();
            return;
        }

        var actor = new Actor(
            session.Name, session.AccountId is null ? ActorKind.Owner : ActorKind.Account, session.Role, context.HttpContext.RemoteAddress(), session.AccountId);
        context.ReplacePrincipal(actor.ToPrincipal(context.Scheme.Name, session));
    }

    /// <inheritdoc />
    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        // A program gets a status it can read; only a person's page is led to the sign-in.
        if (PerfDashUrls.IsForPrograms(context.Request.Path))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return PerfDashUrls.IsForPrograms(context.Request.Path)
            ? Task.CompletedTask
            : new RazorComponentResult<AccessDeniedPage> { StatusCode = StatusCodes.Status403Forbidden }.ExecuteAsync(context.HttpContext);
    }
}
