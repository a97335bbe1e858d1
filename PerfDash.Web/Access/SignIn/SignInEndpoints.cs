using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using PerfDash.Core.Demo;
using PerfDash.Data;

namespace PerfDash.Web.Access.SignIn;

/// <summary>Signing in with a one-time link or an account, the first account, and signing out.</summary>
internal static class SignInEndpoints
{
    /// <summary>Why a sign-in fails.</summary>
    public const string WrongPassword = "The name or the password is not right.";

    /// <summary>Why its second step fails.</summary>
    public const string WrongCode = "The code is not right, or was used before.";

    private const string UsedLink = "This link has been used or has expired. Make another on the machine that runs PerfDash: ./perfdash sign-in-link";

    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").ExcludeFromDescription();
        pages.MapMethods(PerfDashUrls.SignIn, [HttpMethods.Get, HttpMethods.Head], ShowAsync).AllowAnonymous();
        pages.MapPost(PerfDashUrls.SignIn, PostAsync).AllowAnonymous().RequireRateLimiting(AccessServices.SignInLimit);
        pages.MapGet(PerfDashUrls.FirstAccount, ShowFirstAccountAsync).RequireAuthorization(Policies.Admin);
        pages.MapPost(PerfDashUrls.FirstAccount, PostFirstAccountAsync).RequireAuthorization(Policies.Admin);
        pages.MapPost(PerfDashUrls.SignOut, SignOutAsync).AllowAnonymous();
    }

    // Looking changes nothing: previews and scanners open links too.
    private static async Task<IResult> ShowAsync(string? token, string? returnUrl, string? error, HttpContext context, SignInLinkService links)
    {
        if (!string.IsNullOrEmpty(token))
        {
            return await links.IsValidAsync(token, context.RequestAborted)
                ? Page(new SignInForm(SignInStep.Link, Local(returnUrl), Token: token))
                : Page(new SignInForm(SignInStep.Password, Local(returnUrl), UsedLink));
        }

        return context.Actor().May(Role.Viewer) ? TypedResults.LocalRedirect(Local(returnUrl)) : Page(new SignInForm(SignInStep.Password, Local(returnUrl), error is "sso" ? "Single sign-on did not succeed. The log of the server says why." : null));
    }

    private static async Task<IResult> PostAsync([FromForm] SignInFields fields, HttpContext context, SignInLinkService links, PasswordSignIn signIn, AccountService accounts, IOptions<DemoOptions> demo)
    {
        var address = Local(fields.ReturnUrl);
        if (!string.IsNullOrEmpty(fields.Token))
        {
            if (!await links.UseAsync(fields.Token, context.RequestAborted))
                return Page(new SignInForm(SignInStep.Password, address, UsedLink));
            await context.SignInAsync(IdentityConstants.ApplicationScheme, SessionCookieEvents.Owner, new AuthenticationProperties { RedirectUri = address });
            // A demo is looked at; a farm is to have an account.
            return TypedResults.LocalRedirect(demo.Value.Enabled || await accounts.HasAdminAsync(context.RequestAborted) ? address : PerfDashUrls.FirstAccountThen(address));
        }

        var step = fields.Code is null ? SignInStep.Password : SignInStep.Code;
        var attempt = fields switch
        {
            { Credential: { Length: > 0 } credential } => await signIn.TryPasskeyAsync(credential, context),
            { Code: not null } => await signIn.TryCodeAsync(fields.Code, context),
            _ => await signIn.TryAsync(fields.Name, fields.Password, null, context),
        };
        return attempt.Status switch
        {
            SignInStatus.Done => TypedResults.LocalRedirect(address),
            SignInStatus.CodeNeeded => Page(new SignInForm(SignInStep.Code, address)),
            SignInStatus.WrongCode => Page(new SignInForm(SignInStep.Code, address, WrongCode)),
            SignInStatus.TooSoon => Page(new SignInForm(step, address, TooSoon(context, attempt.RetryAfter), Name: fields.Name), StatusCodes.Status429TooManyRequests),
            _ when fields.Credential is { Length: > 0 } => Page(new SignInForm(SignInStep.Password, address, "This passkey is not known here.")),
            _ when step == SignInStep.Code => Page(new SignInForm(SignInStep.Password, address, "That took too long. Sign in again.")),
            _ => Page(new SignInForm(SignInStep.Password, address, WrongPassword, Name: fields.Name)),
        };
    }

    /// <summary>Says how long to wait, in the header and in words.</summary>
    public static string TooSoon(HttpContext context, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = Math.Ceiling(retryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return SignInThrottle.Message(retryAfter);
    }

    private static async Task<IResult> ShowFirstAccountAsync(string? returnUrl, HttpContext context, AccountService accounts) =>
        await accounts.HasAdminAsync(context.RequestAborted)
            ? TypedResults.LocalRedirect(Local(returnUrl))
            : FirstAccount(new Dictionary<string, string[]>(), null, Local(returnUrl));

    private static async Task<IResult> PostFirstAccountAsync([FromForm] SignInFields fields, HttpContext context, AccountService accounts, SessionService sessions, PasswordSignIn signIn)
    {
        var address = Local(fields.ReturnUrl);
        var made = await accounts.CreateAsync(new AccountInput(fields.Name, fields.Password, Role.Admin.ToText(), null), context.Actor(), context.RequestAborted);
        if (made.Status != EditStatus.Done)
            return FirstAccount(made.Errors, fields.Name, address);
        if (context.User.SessionId() is { } session)
            await sessions.EndAsync(session, context.Actor(), context.RequestAborted);
        await signIn.TryAsync(fields.Name, fields.Password, null, context);
        return TypedResults.LocalRedirect(address);
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, SessionService sessions, IOptions<AccessOptions> options)
    {
        if (context.User.SessionId() is { } session)
            await sessions.EndAsync(session, context.Actor(), context.RequestAborted);
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
        // At the provider too, or its next visitor on this machine would come in without a password.
        return context.User.HasClaim(c => c.Type == SingleSignOn.Provider) && options.Value.Oidc.IsEnabled
            ? TypedResults.SignOut(new AuthenticationProperties { RedirectUri = PerfDashUrls.SignIn }, [SingleSignOn.Scheme])
            : TypedResults.LocalRedirect(PerfDashUrls.SignIn);
    }

    private static RazorComponentResult<SignInPage> Page(SignInForm form, int? status = null) => new(new Dictionary<string, object?> { [nameof(SignInPage.Form)] = form })
    {
        StatusCode = status ?? (form.Error is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized),
    };

    private static RazorComponentResult<FirstAccountPage> FirstAccount(IReadOnlyDictionary<string, string[]> errors, string? name, string returnUrl) =>
        new(new Dictionary<string, object?> { [nameof(FirstAccountPage.Errors)] = errors, [nameof(FirstAccountPage.Name)] = name, [nameof(FirstAccountPage.ReturnUrl)] = returnUrl })
        {
            StatusCode = errors.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
        };

    /// <summary>Only an address of this application is returned to; escaped, for a header holds ASCII only.</summary>
    internal static string Local(string? returnUrl) =>
        returnUrl is ['/', ..] and not ['/', '/' or '\\', ..] && !returnUrl.Any(char.IsControl)
            ? string.Concat(returnUrl.EnumerateRunes().Select(c => c.IsAscii ? c.ToString() : Uri.EscapeDataString(c.ToString())))
            : PerfDashUrls.Overview;
}

/// <summary>What the forms send.</summary>
internal sealed class SignInFields
{
    public string? Token { get; set; }

    public string? Name { get; set; }

    public string? Password { get; set; }

    public string? Code { get; set; }

    /// <summary>What the browser says for a passkey, as JSON.</summary>
    public string? Credential { get; set; }

    public string? ReturnUrl { get; set; }
}

/// <summary>What the sign-in page asks for.</summary>
public enum SignInStep
{
    /// <summary>To press the button of a one-time link.</summary>
    Link,

    /// <summary>Name and password.</summary>
    Password,

    /// <summary>A code of the authenticator app, or a recovery code.</summary>
    Code,
}

/// <summary>The sign-in page as it is shown.</summary>
/// <param name="Step">What it asks for.</param>
/// <param name="ReturnUrl">Where to go afterwards; an address of this application.</param>
/// <param name="Error">What went wrong, or null.</param>
/// <param name="Token">Of the link.</param>
/// <param name="Name">As typed before.</param>
public sealed record SignInForm(SignInStep Step, string ReturnUrl, string? Error = null, string? Token = null, string? Name = null);
