using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>Registers accounts, sessions, keys and the audit trail.</summary>
public static class AccountServices
{
    /// <summary>Adds them without anything of HTTP.</summary>
    public static IdentityBuilder AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<AccountService>();
        services.AddSingleton<SecondFactorService>();
        services.AddSingleton<SessionService>();
        services.AddSingleton<ApiKeyService>();
        services.AddSingleton<SignInLinkService>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<AuditQueries>();
        // What OWASP advises for PBKDF2 with HMAC-SHA512.
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = 210_000);
        return services.AddIdentityCore<Account>(identity =>
            {
                // Names are people's own; PasswordRules has the rules of passwords.
                identity.User.AllowedUserNameCharacters = "";
                identity.Password = new PasswordOptions { RequiredLength = 1, RequireDigit = false, RequireLowercase = false, RequireUppercase = false, RequireNonAlphanumeric = false };
                identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                identity.Lockout.AllowedForNewUsers = false;
                // A disabled account is not confirmed.
                identity.SignIn.RequireConfirmedAccount = true;
            })
            .AddUserStore<AccountStore>()
            .AddPasswordValidator<PasswordRules>();
    }
}
