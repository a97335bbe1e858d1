using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace PerfDash.Web.Access;

/// <summary>Signing in with the printed link, or with a key typed into the form; and signing out.</summary>
internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(PerfDashUrls.SignIn, WithLinkAsync).AllowAnonymous().RequireRateLimiting(AccessServices.SignInLimit).ExcludeFromDescription();
        routes.MapPost(PerfDashUrls.SignIn, WithFormAsync).AllowAnonymous().RequireRateLimiting(AccessServices.SignInLimit).ExcludeFromDescription();
        routes.MapPost(PerfDashUrls.SignOut, (Delegate)SignOutAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> WithLinkAsync(string? token, string? returnUrl, HttpContext context, SignInLinks links)
    {
        if (!string.IsNullOrEmpty(token))
        {
            if (links.Use(token))
                return await SignInAsync(context, returnUrl);
            return Page("This link has already been used or has expired. Use the current link from the PerfDash console.", returnUrl);
        }

        return context.User.IsInRole(AccessServices.AdminRole) ? TypedResults.LocalRedirect(Local(returnUrl)) : Page(null, returnUrl);
    }

    private static async Task<IResult> WithFormAsync(
        [FromForm] string? secret, [FromForm] string? returnUrl, HttpContext context, SignInLinks links, BootstrapKey key)
    {
        var given = secret?.Trim() ?? "";
        return links.Use(given) || key.Matches(given)
            ? await SignInAsync(context, returnUrl)
            : Page("The token or API key is not valid.", returnUrl);
    }

    private static async Task<IResult> SignOutAsync(HttpContext context)
    {
        await context.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return TypedResults.LocalRedirect(PerfDashUrls.SignIn);
    }

    private static async Task<RedirectHttpResult> SignInAsync(HttpContext context, string? returnUrl)
    {
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, "admin"), new Claim(ClaimTypes.Role, AccessServices.AdminRole)],
            CookieAuthenticationDefaults.AuthenticationScheme);
        var address = Local(returnUrl);
        // Told where to go, or the cookie handler follows the parameter as it came.
        await context.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            new ClaimsPrincipal(identity),
            new AuthenticationProperties { IsPersistent = true, RedirectUri = address });
        return TypedResults.LocalRedirect(address);
    }

    private static RazorComponentResult<SignInPage> Page(string? error, string? returnUrl) =>
        new(new Dictionary<string, object?> { [nameof(SignInPage.Error)] = error, [nameof(SignInPage.ReturnUrl)] = Local(returnUrl) })
        {
            StatusCode = error is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized,
        };

    /// <summary>Only an address of this application is returned to; escaped, for a header holds ASCII only.</summary>
    private static string Local(string? returnUrl) =>
        returnUrl is ['/', ..] and not ['/', '/' or '\\', ..] && !returnUrl.Any(char.IsControl)
            ? string.Concat(returnUrl.EnumerateRunes().Select(c => c.IsAscii ? c.ToString() : Uri.EscapeDataString(c.ToString())))
            : PerfDashUrls.Overview;
}
