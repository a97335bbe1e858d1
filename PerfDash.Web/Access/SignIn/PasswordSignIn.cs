using Microsoft.AspNetCore.Identity;

namespace PerfDash.Web.Access;

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
}

/// <summary>Signs in with name and password.</summary>
internal sealed partial class PasswordSignIn(SignInManager<Account> signIn, UserManager<Account> users, SignInThrottle throttle, TimeProvider time, ILogger<PasswordSignIn> logger)
{
    private const int MaxLength = 1000;
    private const int MaxNameLength = 250;

    // For names that no account has: their answer is to take as long.
    private static readonly string DummyHash = new PasswordHasher<Account>().HashPassword(new Account(), "no account");

    /// <summary>Tries name and password.</summary>
    public async Task<SignInAttempt> TryAsync(string? name, string? password, HttpContext context)
    {
        name = name?.Trim() ?? "";
        if (name.Length is 0 or > MaxNameLength || password is not { Length: > 0 and <= MaxLength } || !StorableText.IsStorable(name))
            return new(SignInStatus.Wrong);
        if (await ThrottleAsync(name, context) is { } tooSoon)
            return tooSoon;
        var account = await users.FindByNameAsync(name);
        if (account?.PasswordHash is null)
        {
            users.PasswordHasher.VerifyHashedPassword(new Account(), DummyHash, password);
            return await FailAsync(name, "wrong name or password", context);
        }

        var result = await signIn.PasswordSignInAsync(account, password, isPersistent: true, lockoutOnFailure: false);
        return result.Succeeded
            ? new(SignInStatus.Done)
            : await FailAsync(name, result.IsNotAllowed ? "the account is disabled" : "wrong name or password", context);
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
        LogFailed(string.Concat(name.Select(c => char.IsControl(c) ? ' ' : c)), context.RemoteAddress(), reason);
        return new(SignInStatus.Wrong);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in failed: {Name} from {Address} ({Reason})")]
    private partial void LogFailed(string name, string? address, string reason);
}
