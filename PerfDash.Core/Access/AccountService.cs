using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>
/// Accounts, kept by ASP.NET Core Identity. Whatever takes rights away (another role or password, disabling, deleting) ends the
/// account's sessions in the same transaction.
/// </summary>
public sealed class AccountService(IServiceScopeFactory scopes, SignInThrottle throttle)
{
    /// <summary>Why an edit of the last admin is a conflict.</summary>
    public const string LastAdmin = "This is the last enabled admin account. Create another one first.";

    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<AccountItem>> ListAsync(Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        await using var scope = scopes.CreateAsyncScope();
        var accounts = await Context(scope).Users.AsNoTracking().OrderBy(a => a.NormalizedUserName).ToListAsync(cancellationToken);
        return accounts.ConvertAll(AccountItem.From);
    }

    /// <summary>True where an admin could sign in with an account.</summary>
    public async Task<bool> HasAdminAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await Context(scope).Users.AnyAsync(a => a.Role == Role.Admin && !a.Disabled, cancellationToken);
    }

    /// <summary>Makes an account.</summary>
    public async Task<EditResult<AccountItem>> CreateAsync(AccountInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var errors = input.Check(isNew: true);
        if (errors.Count > 0)
            return EditResult<AccountItem>.Invalid(errors);
        var account = new Account { UserName = input.Name!.Trim(), Role = EnumText.Parse<Role>(input.Role!), Disabled = input.Disabled ?? false };
        return await RunAsync(
            async (users, context) =>
            {
                var made = await users.CreateAsync(account, input.Password!);
                if (made.Errors.FirstOrDefault() is { } error)
                    return EditResult<AccountItem>.Invalid(new() { [error.Code is "DuplicateUserName" or "InvalidUserName" ? "name" : "password"] = [error.Description] });
                context.Add(actor.Audit("account_created", account.UserName, $"role {account.Role.ToText()}"));
                return EditResult<AccountItem>.Done(AccountItem.From(account));
            },
            cancellationToken);
    }

    /// <summary>Changes role, password or whether an account may sign in. The last enabled admin is a conflict.</summary>
    public async Task<EditResult<AccountItem>> UpdateAsync(long id, AccountInput input, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        var errors = input.Check(isNew: false);
        return errors.Count > 0
            ? EditResult<AccountItem>.Invalid(errors)
            : await RunAsync((users, context) => UpdateAsync(users, context, id, input, actor, cancellationToken), cancellationToken);
    }

    /// <summary>Deletes an account. The last enabled admin is a conflict.</summary>
    public Task<EditResult<AccountItem>> DeleteAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        return RunAsync(
            async (_, context) =>
            {
                if (await context.Users.FirstOrDefaultAsync(a => a.Id == id, cancellationToken) is not { } account)
                    return EditResult<AccountItem>.Unknown();
                if (IsAdmin(account) && await IsLastAdminAsync(context, id, cancellationToken))
                    return EditResult<AccountItem>.Conflict();
                context.Remove(account);
                context.Add(actor.Audit("account_deleted", account.UserName));
                return EditResult<AccountItem>.Done(AccountItem.From(account));
            },
            cancellationToken);
    }

    /// <summary>Ends all sessions of an account.</summary>
    public Task<EditResult<AccountItem>> SignOutAsync(long id, Actor actor, CancellationToken cancellationToken)
    {
        actor.Require(Role.Admin);
        return RunAsync(
            async (_, context) =>
            {
                if (await context.Users.FirstOrDefaultAsync(a => a.Id == id, cancellationToken) is not { } account)
                    return EditResult<AccountItem>.Unknown();
                await EndSessionsAsync(context, account, null, cancellationToken);
                context.Add(actor.Audit("sessions_ended", account.UserName));
                return EditResult<AccountItem>.Done(AccountItem.From(account));
            },
            cancellationToken);
    }

    /// <summary>Changes a person's own password; all other sessions of the account end.</summary>
    /// <param name="actor">The person.</param>
    /// <param name="current">The password so far.</param>
    /// <param name="next">The new one.</param>
    /// <param name="sessionId">The session that stays.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<EditResult<AccountItem>> ChangePasswordAsync(Actor actor, string current, string next, long? sessionId, CancellationToken cancellationToken)
    {
        if (PasswordRules.Error(next) is { } wrong)
            return EditResult<AccountItem>.Invalid(new() { ["password"] = [wrong] });
        return await RunAsync(
            async (users, context) =>
            {
                if (actor.Kind != ActorKind.Account || await context.Users.FirstOrDefaultAsync(a => a.Id == actor.Id && !a.Disabled, cancellationToken) is not { } account)
                    return EditResult<AccountItem>.Unknown();
                if (await PasswordCheck.ErrorsAsync(users, throttle, account, current, actor, "current", cancellationToken) is { } refused)
                    return EditResult<AccountItem>.Invalid(refused);
                await users.ChangePasswordAsync(account, current, next);
                await EndSessionsAsync(context, account, sessionId, cancellationToken);
                context.Add(actor.Audit("password_changed", account.UserName));
                return EditResult<AccountItem>.Done(AccountItem.From(account));
            },
            cancellationToken);
    }

    /// <summary>The account of a person at an OpenID Connect provider, made at the first sign-in, with the role the provider says.</summary>
    public async Task<Account?> FindOrCreateAsync(string provider, string key, string name, Role role, Actor actor, CancellationToken cancellationToken)
    {
        Account? account = null;
        await RunAsync(
            async (users, context) =>
            {
                account = await users.FindByLoginAsync(provider, key);
                if (account is null)
                {
                    account = new Account { UserName = name, Role = role };
                    // Somebody else's name, of an account with a password perhaps, is not taken over.
                    if (await users.FindByNameAsync(name) is not null)
                        account.UserName = $"{name} ({provider})";
                    if (!(await users.CreateAsync(account)).Succeeded || !(await users.AddLoginAsync(account, new UserLoginInfo(provider, key, provider))).Succeeded)
                    {
                        account = null;
                        return EditResult<AccountItem>.Conflict();
                    }

                    context.Add(actor.Audit("account_created", account.UserName, $"{provider}, role {role.ToText()}"));
                }
                else if (account.Role != role)
                {
                    context.Add(actor.Audit("account_updated", account.UserName, $"{provider}, role {account.Role.ToText()} → {role.ToText()}"));
                    account.Role = role;
                    await EndSessionsAsync(context, account, null, cancellationToken);
                }

                return EditResult<AccountItem>.Done(AccountItem.From(account));
            },
            cancellationToken);
        return account;
    }

    private static async Task<EditResult<AccountItem>> UpdateAsync(
        UserManager<Account> users, PerfDashDbContext context, long id, AccountInput input, Actor actor, CancellationToken cancellationToken)
    {
        if (await context.Users.FirstOrDefaultAsync(a => a.Id == id, cancellationToken) is not { } account)
            return EditResult<AccountItem>.Unknown();
        var (wasAdmin, before) = (IsAdmin(account), (account.Role, account.Disabled));
        account.Role = EnumText.Find<Role>(input.Role) ?? account.Role;
        account.Disabled = input.Disabled ?? account.Disabled;
        if (wasAdmin && !IsAdmin(account) && await IsLastAdminAsync(context, id, cancellationToken))
            return EditResult<AccountItem>.Conflict();
        List<string> changes = [];
        if (before.Role != account.Role)
            changes.Add($"role {before.Role.ToText()} → {account.Role.ToText()}");
        if (before.Disabled != account.Disabled)
            changes.Add(account.Disabled ? "disabled" : "enabled");
        if (input.Password is { } password)
        {
            changes.Add(await SecondFactorService.RemoveAllAsync(context, account, cancellationToken) ? "password; two-factor authentication and passkeys removed" : "password");
            account.PasswordHash = users.PasswordHasher.HashPassword(account, password);
            await users.UpdateSecurityStampAsync(account);
        }

        if (changes.Count > 0)
        {
            await EndSessionsAsync(context, account, null, cancellationToken);
            context.Add(actor.Audit("account_updated", account.UserName, string.Join(", ", changes)));
        }

        return EditResult<AccountItem>.Done(AccountItem.From(account));
    }

    /// <summary>One transaction, and one such edit at a time: two admins who demote each other must not both succeed.</summary>
    private async Task<EditResult<AccountItem>> RunAsync(
        Func<UserManager<Account>, PerfDashDbContext, Task<EditResult<AccountItem>>> edit, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = Context(scope);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlRawAsync("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
        var result = await edit(scope.ServiceProvider.GetRequiredService<UserManager<Account>>(), context);
        if (result.Status != EditStatus.Done)
            return result;
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private static bool IsAdmin(Account account) => account is { Role: Role.Admin, Disabled: false };

    private static async Task<bool> IsLastAdminAsync(PerfDashDbContext context, long id, CancellationToken cancellationToken) =>
        !await context.Users.AnyAsync(a => a.Id != id && a.Role == Role.Admin && !a.Disabled, cancellationToken);

    private static Task<int> EndSessionsAsync(PerfDashDbContext context, Account account, long? except, CancellationToken cancellationToken) =>
        context.AccountSessions.Where(s => s.AccountId == account.Id && s.Id != except).ExecuteDeleteAsync(cancellationToken);

    private static PerfDashDbContext Context(AsyncServiceScope scope) => scope.ServiceProvider.GetRequiredService<PerfDashDbContext>();
}
