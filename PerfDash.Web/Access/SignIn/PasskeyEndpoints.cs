using Microsoft.AspNetCore.Identity;
using PerfDash.Web.Api;

namespace PerfDash.Web.Access.SignIn;

/// <summary>What <c>passkeys.js</c> asks for: the options of the browser's own dialogs, and a new passkey that it made (WebAuthn). ASP.NET Core Identity does the rest.</summary>
internal static class PasskeyEndpoints
{
    public static void MapPasskeys(this IEndpointRouteBuilder routes)
    {
        var passkeys = routes.MapGroup("").ExcludeFromDescription();
        passkeys.MapPost(PerfDashUrls.Passkeys + "/sign-in-options", GetSignInOptionsAsync).AllowAnonymous().RequireRateLimiting(AccessServices.SignInLimit);
        passkeys.MapPost(PerfDashUrls.Passkeys + "/options", GetOptionsAsync).RequireAuthorization(Policies.Viewer);
        passkeys.MapPost(PerfDashUrls.Passkeys, AddAsync).RequireAuthorization(Policies.Viewer);
    }

    private static async Task<IResult> GetSignInOptionsAsync(SignInManager<Account> signIn) =>
        TypedResults.Content(await signIn.MakePasskeyRequestOptionsAsync(null), "application/json");

    private static async Task<IResult> GetOptionsAsync(HttpContext context, SecondFactorService factors, SignInManager<Account> signIn, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<PasskeyInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var confirmed = await factors.ConfirmAsync(context.Actor(), input.Password, cancellationToken);
        if (confirmed.Item is not { } account)
            return confirmed.Status == EditStatus.Invalid ? ApiResponses.Invalid(new Dictionary<string, string[]>(confirmed.Errors)) : TypedResults.Problem("Only an account with a password has passkeys.", statusCode: StatusCodes.Status409Conflict);
        return TypedResults.Content(
            await signIn.MakePasskeyCreationOptionsAsync(new() { Id = account.Id.ToString(null, null), Name = account.UserName!, DisplayName = account.UserName! }), "application/json");
    }

    private static async Task<IResult> AddAsync(HttpContext context, SecondFactorService factors, SignInManager<Account> signIn, CancellationToken cancellationToken)
    {
        var (input, refusal) = await context.Request.ReadAsync<PasskeyInput>(cancellationToken);
        if (input is null)
            return refusal!;
        var made = await PasskeyResult.TryAsync(input.Credential, signIn.PerformPasskeyAttestationAsync);
        var isOwn = made?.UserEntity?.Id == context.Actor().Id?.ToString(null, null);
        return made is { Succeeded: true } && isOwn && await factors.AddPasskeyAsync(context.Actor(), made.Passkey, input.Name, cancellationToken)
            ? TypedResults.NoContent()
            : ApiResponses.Invalid(new() { ["credential"] = ["The browser's answer is not the one that was asked for. Try again."] });
    }
}

/// <summary>What the browser sends for a new passkey.</summary>
/// <param name="Password">Of the account; for the options.</param>
/// <param name="Name">What its owner calls the passkey.</param>
/// <param name="Credential">What the browser made, as JSON.</param>
internal sealed record PasskeyInput(string? Password, string? Name, string? Credential);

/// <summary>The framework's answer to what a browser sends.</summary>
internal static class PasskeyResult
{
    private const int MaxLength = 20_000;

    /// <summary>Null for nothing, for far too much, and where the browser sends an answer that nobody asked for: the framework throws for it.</summary>
    public static async Task<T?> TryAsync<T>(string? credential, Func<string, Task<T>> perform)
        where T : class
    {
        if (credential is not { Length: > 0 and <= MaxLength })
            return null;
        try
        {
            return await perform(credential);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
