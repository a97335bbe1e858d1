using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>
/// What a person's own account needs or takes beside its password: codes of an authenticator app (TOTP, RFC 6238) with recovery codes, and
/// passkeys (WebAuthn). ASP.NET Core Identity does both; every change needs the password again and is audited.
/// </summary>
public sealed class SecondFactorService(IServiceScopeFactory scopes, SignInThrottle throttle)
{
    /// <summary>Passkeys of one account at most.</summary>
    public const int MaxPasskeys = 20;

    private const int RecoveryCodes = 10;
    private const string Provider = "PerfDash";
    private const string LastCode = "LastCode";

    /// <summary>The state of an account; null for the owner, for keys, and for an account that is gone.</summary>
    public async Task<SecondFactors?> GetAsync(Actor actor, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        if (await FindAsync(scope, actor, cancellationToken) is not { } account)
            return null;
        var passkeys = await users.GetPasskeysAsync(account);
        return new SecondFactors(
            account.PasswordHash is not null, account.TwoFactorEnabled, await users.CountRecoveryCodesAsync(account),
            [.. passkeys.OrderBy(p => p.CreatedAt).Select(p => new PasskeyItem(Convert.ToHexString(p.CredentialId), p.Name ?? "Passkey", p.CreatedAt.UtcDateTime))]);
    }

    /// <summary>Makes a new secret for an authenticator app. It counts from <see cref="EnableAsync"/> on.</summary>
    public Task<EditResult<AuthenticatorSecret>> StartAsync(Actor actor, string? password, CancellationToken cancellationToken) =>
        RunAsync<AuthenticatorSecret>(actor, password, async (users, account) =>
        {
            if (account.TwoFactorEnabled)
                return EditResult<AuthenticatorSecret>.Conflict();
            await SucceedAsync(users.ResetAuthenticatorKeyAsync(account));
            var key = await users.GetAuthenticatorKeyAsync(account);
            var name = Uri.EscapeDataString(account.UserName!);
            return EditResult<AuthenticatorSecret>.Done(new(key!, $"otpauth://totp/PerfDash:{name}?secret={key}&issuer=PerfDash&digits=6&period=30"));
        }, cancellationToken);

    /// <summary>Turns two-factor authentication on, given a code of the app, and returns the recovery codes, this once.</summary>
    public async Task<EditResult<IReadOnlyList<string>>> EnableAsync(Actor actor, string? code, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        if (await FindAsync(scope, actor, cancellationToken) is not { } account)
            return EditResult<IReadOnlyList<string>>.Unknown();
        if (account.TwoFactorEnabled)
            return EditResult<IReadOnlyList<string>>.Conflict();
        if (!await VerifyAsync(users, account, code))
            return EditResult<IReadOnlyList<string>>.Invalid(new() { ["code"] = ["The code is not right. Check the clock of this device and of the server, and enter the newest code."] });
        Context(scope).Add(actor.Audit("two_factor_enabled", account.UserName));
        await SucceedAsync(users.SetTwoFactorEnabledAsync(account, true));
        return await CreateCodesAsync(users, account);
    }

    /// <summary>Replaces the recovery codes and returns the new ones, this once.</summary>
    public Task<EditResult<IReadOnlyList<string>>> CreateRecoveryCodesAsync(Actor actor, string? password, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<string>>(
            actor, password, (users, account) => account.TwoFactorEnabled ? CreateCodesAsync(users, account) : Task.FromResult(EditResult<IReadOnlyList<string>>.Conflict()),
            cancellationToken, "recovery_codes_created");

    /// <summary>Turns two-factor authentication off.</summary>
    public Task<EditResult<Account>> DisableAsync(Actor actor, string? password, CancellationToken cancellationToken) =>
        RunAsync(actor, password, async (users, account) =>
        {
            await SucceedAsync(users.SetTwoFactorEnabledAsync(account, false));
            await SucceedAsync(users.ResetAuthenticatorKeyAsync(account));
            return EditResult<Account>.Done(account);
        }, cancellationToken, "two_factor_disabled");

    /// <summary>The account for which a passkey may be made, given its password.</summary>
    public Task<EditResult<Account>> ConfirmAsync(Actor actor, string? password, CancellationToken cancellationToken) =>
        RunAsync(actor, password, async (users, account) => (await users.GetPasskeysAsync(account)).Count < MaxPasskeys
            ? EditResult<Account>.Done(account)
            : EditResult<Account>.Invalid(new() { ["name"] = [$"An account has at most {MaxPasskeys} passkeys."] }), cancellationToken);

    /// <summary>Keeps a passkey that a browser has made.</summary>
    public async Task<bool> AddPasskeyAsync(Actor actor, UserPasskeyInfo passkey, string? name, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (await FindAsync(scope, actor, cancellationToken) is not { } account)
            return false;
        passkey.Name = AccountInput.NameError(name, 100) is null ? name!.Trim() : "Passkey";
        Context(scope).Add(actor.Audit("passkey_added", account.UserName, passkey.Name));
        await SucceedAsync(Users(scope).AddOrUpdatePasskeyAsync(account, passkey));
        return true;
    }

    /// <summary>Removes a passkey.</summary>
    public Task<EditResult<Account>> RemovePasskeyAsync(Actor actor, string id, string? password, CancellationToken cancellationToken) =>
        RunAsync(actor, password, async (users, account) =>
        {
            await SucceedAsync(users.RemovePasskeyAsync(account, Convert.FromHexString(id)));
            return EditResult<Account>.Done(account);
        }, cancellationToken, "passkey_removed");

    /// <summary>True for a code of the account's app, each once, or one of its recovery codes, which is used up.</summary>
    public static async Task<bool> VerifyAsync(UserManager<Account> users, Account account, string? code)
    {
        code = (code ?? "").Replace(" ", "", StringComparison.Ordinal);
        if (code.Length is 0 or > 20)
            return false;
        if (!code.All(char.IsAsciiDigit))
            return (await users.RedeemTwoFactorRecoveryCodeAsync(account, code.ToUpperInvariant())).Succeeded;
        // A code is valid for some minutes: one that was seen must not work again.
        if (await users.GetAuthenticationTokenAsync(account, Provider, LastCode) == code
            || !await users.VerifyTwoFactorTokenAsync(account, TokenOptions.DefaultAuthenticatorProvider, code))
            return false;
        await SucceedAsync(users.SetAuthenticationTokenAsync(account, Provider, LastCode, code));
        return true;
    }

    /// <summary>Removes all of it, for an account that gets a new password from an admin because its owner can no longer sign in.</summary>
    internal static async Task<bool> RemoveAllAsync(PerfDashDbContext context, Account account, CancellationToken cancellationToken)
    {
        var wasEnabled = account.TwoFactorEnabled;
        account.TwoFactorEnabled = false;
        await context.UserTokens.Where(t => t.UserId == account.Id).ExecuteDeleteAsync(cancellationToken);
        return await context.UserPasskeys.Where(p => p.UserId == account.Id).ExecuteDeleteAsync(cancellationToken) > 0 || wasEnabled;
    }

    private async Task<EditResult<T>> RunAsync<T>(
        Actor actor, string? password, Func<UserManager<Account>, Account, Task<EditResult<T>>> edit, CancellationToken cancellationToken, string? action = null)
        where T : class
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        // (Who signs in at a provider has no password here.)
        if (await FindAsync(scope, actor, cancellationToken) is not { PasswordHash: not null } account)
            return EditResult<T>.Unknown();
        if (await PasswordCheck.ErrorsAsync(users, throttle, account, password, actor, "password", cancellationToken) is { } errors)
            return EditResult<T>.Invalid(errors);
        // Identity saves what it changes, and the line of the audit trail with it.
        if (action is not null)
            Context(scope).Add(actor.Audit(action, account.UserName));
        return await edit(users, account);
    }

    private static async Task<EditResult<IReadOnlyList<string>>> CreateCodesAsync(UserManager<Account> users, Account account) =>
        EditResult<IReadOnlyList<string>>.Done([.. (await users.GenerateNewTwoFactorRecoveryCodesAsync(account, RecoveryCodes))!]);

    private static async Task SucceedAsync(Task<IdentityResult> change)
    {
        if ((await change).Errors.FirstOrDefault() is { } error)
            throw new InvalidOperationException(error.Description);
    }

    private static async Task<Account?> FindAsync(AsyncServiceScope scope, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Viewer);
        return actor.Kind == ActorKind.Account ? await Context(scope).Users.FirstOrDefaultAsync(a => a.Id == actor.Id && !a.Disabled, cancellationToken) : null;
    }

    private static UserManager<Account> Users(AsyncServiceScope scope) => scope.ServiceProvider.GetRequiredService<UserManager<Account>>();

    private static PerfDashDbContext Context(AsyncServiceScope scope) => scope.ServiceProvider.GetRequiredService<PerfDashDbContext>();
}

/// <summary>What an account has beside its password.</summary>
/// <param name="HasPassword">False for an account of a single sign-on provider, which has its own second factor.</param>
/// <param name="TwoFactor">True: a sign-in with the password needs a code too.</param>
/// <param name="RecoveryCodesLeft">Recovery codes that have not been used.</param>
/// <param name="Passkeys">Oldest first.</param>
public sealed record SecondFactors(bool HasPassword, bool TwoFactor, int RecoveryCodesLeft, IReadOnlyList<PasskeyItem> Passkeys);

/// <summary>A passkey as it is listed.</summary>
/// <param name="Id">Its credential id, in hexadecimal.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record PasskeyItem(string Id, string Name, DateTime CreatedAt);

/// <summary>The secret of an authenticator app.</summary>
/// <param name="Key">In base 32, to be typed.</param>
/// <param name="Uri">As <c>otpauth://</c>, to be scanned.</param>
public sealed record AuthenticatorSecret(string Key, string Uri);
