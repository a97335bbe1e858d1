using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>An account as it is listed.</summary>
/// <param name="Id">Key.</param>
/// <param name="Name">User name or e-mail address.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Disabled">True: it may not sign in.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="LastSignInAt">When it last signed in, UTC; null: never.</param>
/// <param name="TwoFactor">True: a sign-in with its password needs a code too.</param>
public sealed record AccountItem(long Id, string Name, Role Role, bool Disabled, DateTime CreatedAt, DateTime? LastSignInAt, bool TwoFactor)
{
    internal static AccountItem From(Account account) =>
        new(account.Id, account.UserName!, account.Role, account.Disabled, account.CreatedAt, account.LastSignInAt, account.TwoFactorEnabled);
}

/// <summary>What an account is to be. Null is "not given": a change keeps it.</summary>
/// <param name="Name">User name or e-mail address, at most 200 characters, unique whatever its case; only when it is made.</param>
/// <param name="Password">8 to 200 characters, not one of the most common; given in a change, it replaces the old one, and two-factor authentication and passkeys are removed.</param>
/// <param name="Role"><c>viewer</c>, <c>editor</c> or <c>admin</c>.</param>
/// <param name="Disabled">True: it may not sign in.</param>
public sealed record AccountInput(string? Name, string? Password, string? Role, bool? Disabled)
{
    private const int MaxNameLength = 200;

    /// <summary>What is wrong, by field.</summary>
    internal Dictionary<string, string[]> Check(bool isNew)
    {
        var errors = new Dictionary<string, string[]>();
        if (isNew && NameError(Name, MaxNameLength) is { } nameError)
            errors["name"] = [nameError];
        else if (isNew && Name!.Trim().Equals(SessionService.OwnerName, StringComparison.OrdinalIgnoreCase))
            errors["name"] = [$"{SessionService.OwnerName} is the name of the built-in admin. Choose another."];
        if ((isNew || Password is not null) && PasswordRules.Error(Password) is { } passwordError)
            errors["password"] = [passwordError];
        if ((isNew || Role is not null) && EnumText.Find<Role>(Role) is null or Data.Access.Role.Ingest)
            errors["role"] = ["role must be one of viewer, editor, admin."];
        return errors;
    }

    /// <summary>What is wrong with the name of an account or key; null when it will do.</summary>
    internal static string? NameError(string? name, int maxLength) =>
        string.IsNullOrWhiteSpace(name) ? "A name is required."
        : name.Trim().Length > maxLength ? $"The name must have at most {maxLength} characters."
        : name.Trim().Any(char.IsControl) || !StorableText.IsStorable(name) ? "The name must be a single line of text."
        : null;
}
