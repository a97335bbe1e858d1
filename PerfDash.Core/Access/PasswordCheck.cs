using Microsoft.AspNetCore.Identity;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>Asks a person who is signed in for the password again, so that a browser left open does not give the account away. Guessing is slowed down as at sign-in.</summary>
internal static class PasswordCheck
{
    /// <summary>What is wrong, as an error of <paramref name="field"/>; null where the password is right.</summary>
    public static async Task<Dictionary<string, string[]>?> ErrorsAsync(
        UserManager<Account> users, SignInThrottle throttle, Account account, string? password, Actor actor, string field, CancellationToken cancellationToken)
    {
        var (retryAfter, _) = await throttle.CheckAsync(account.UserName!, actor.Address, cancellationToken);
        if (retryAfter > TimeSpan.Zero)
            return new() { [field] = [SignInThrottle.Message(retryAfter)] };
        if (await users.CheckPasswordAsync(account, password ?? ""))
            return null;
        await throttle.AddFailureAsync(account.UserName!, actor.Address, "wrong current password", cancellationToken);
        return new() { [field] = ["The current password is not right."] };
    }
}
