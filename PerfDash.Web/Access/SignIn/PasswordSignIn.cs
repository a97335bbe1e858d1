using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;

namespace PerfDash.Web.Access.SignIn;

/// <summary>What came of an attempt to sign in.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="RetryAfter">How long to wait, where it was made too soon after failures.</param>
internal sealed record SignInAttempt(SignInStatus Status, TimeSpan RetryAfter = default);

/// <summary>How an attempt to sign in ended.</summary>
internal enum SignInStatus
{
    Done,
    Wrong,
    TooSoon,

    /// <summary>The password was right; a code of the authenticator app is needed too.</summary>
    CodeNeeded,
    WrongCode,
}

/// <summary>Signs in with name and password, and a code where the account needs one, or with a passkey.</summary>
internal sealed partial class PasswordSignIn(SignInManager<Account> signIn, UserManager<Account> users, SignInThrottle throttle, SignInMeter meter, TimeProvider time, ILogger<PasswordSignIn> logger)
{
    private const int MaxLength = 1000;
    private const int MaxNameLength = 250;

    // For names that no account has: their answer is to take as long.
    private static string? _dummyHash;

    /// <summary>Tries name and password.</summary>
    /// <param name="name">Of the account.</param>
    /// <param name="password">Its password.</param>
    /// <param name="code">Of the authenticator app, or a recovery code; null where it is not known yet that one is needed.</param>
    /// <param name="context">The request.</param>
    public async Task<SignInAttempt> TryAsync(string? name, string? password, string? code, HttpContext context)
    {
        name = name?.Trim() ?? "";
        if (name.Length is 0 or > MaxNameLength || password is not { Length: > 0 and <= MaxLength } || !StorableText.IsStorable(name))
            return new(SignInStatus.Wrong);
        if (await ThrottleAsync(name, context) is { } tooSoon)
            return tooSoon;
        var account = await users.FindByNameAsync(name);
        if (account?.PasswordHash is null)
        {
            users.PasswordHasher.VerifyHashedPassword(new Account(), _dummyHash ??= users.PasswordHasher.HashPassword(new Account(), "no account"), password);
            return await FailAsync(name, "wrong name or password", context);
        }

        var result = await signIn.PasswordSignInAsync(account, password, isPersistent: true, lockoutOnFailure: false);
        if (result.RequiresTwoFactor)
            return string.IsNullOrWhiteSpace(code) ? new(SignInStatus.CodeNeeded) : await VerifyAsync(account, code, context);
        return result.Succeeded
            ? new(SignInStatus.Done)
            : await FailAsync(name, result.IsNotAllowed ? "the account is disabled" : "wrong name or password", context);
    }

    /// <summary>Tries the code after <see cref="SignInStatus.CodeNeeded"/>, within 5 minutes.</summary>
    public async Task<SignInAttempt> TryCodeAsync(string? code, HttpContext context)
    {
        if (await signIn.GetTwoFactorAuthenticationUserAsync() is not { } account)
            return new(SignInStatus.Wrong);
        return await ThrottleAsync(account.UserName!, context) ?? await VerifyAsync(account, code, context);
    }

    /// <summary>Tries what a browser says for a passkey.</summary>
    public async Task<SignInAttempt> TryPasskeyAsync(string credential, HttpContext context)
    {
        var result = await PasskeyResult.TryAsync(credential, signIn.PerformPasskeyAssertionAsync);
        if (result is not { Succeeded: true, User: { } account, Passkey: { } passkey })
            return await FailAsync("(passkey)", "a passkey that is not known", context);
        if (!await signIn.CanSignInAsync(account))
            return await FailAsync(account.UserName!, "the account is disabled", context);
        await users.AddOrUpdatePasskeyAsync(account, passkey);
        await signIn.SignInAsync(account, isPersistent: true, "passkey");
        return new(SignInStatus.Done);
    }

    private async Task<SignInAttempt> VerifyAsync(Account account, string? code, HttpContext context)
    {
        if (!await SecondFactorService.VerifyAsync(users, account, code))
            return await FailAsync(account.UserName!, "wrong code", context) with { Status = SignInStatus.WrongCode };
        if (!await signIn.CanSignInAsync(account))
            return await FailAsync(account.UserName!, "the account is disabled", context);
        await context.SignOutAsync(IdentityConstants.TwoFactorUserIdScheme);
        await signIn.SignInAsync(account, isPersistent: true, "two-factor");
        return new(SignInStatus.Done);
    }

    private async Task<SignInAttempt?> ThrottleAsync(string name, HttpContext context)
    {
        var (retryAfter, delay) = await throttle.CheckAsync(name, context.RemoteAddress(), context.RequestAborted);
        if (retryAfter > TimeSpan.Zero)
            return new(SignInStatus.TooSoon, retryAfter);
        if (delay > TimeSpan.Zero)
            await Task.Delay(delay, time, context.RequestAborted);
        return null;
    }

    private async Task<SignInAttempt> FailAsync(string name, string reason, HttpContext context)
    {
        await throttle.AddFailureAsync(name, context.RemoteAddress(), reason, context.RequestAborted);
        meter.Failures.Add(1);
        LogFailed(string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c)), context.RemoteAddress(), reason);
        return new(SignInStatus.Wrong);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in failed: {Name} from {Address} ({Reason})")]
    private partial void LogFailed(string name, string? address, string reason);
}
