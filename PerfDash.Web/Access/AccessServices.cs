using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using PerfDash.Core.Scheduling;
using PerfDash.Data;

namespace PerfDash.Web.Access;

/// <summary>Registers who may come in: a signed-in browser, or a program with a key. Nothing is open to others.</summary>
internal static class AccessServices
{
    /// <summary>Limit of sign-in attempts under way from one address: each costs the hash of a password.</summary>
    public const string SignInLimit = "sign-in";

    private const string KeyOrCookie = "KeyOrCookie";

    /// <summary>Adds authentication, the rule that everything needs it, and persisted cookie keys.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = configuration.GetSection(AccessOptions.Section).Get<AccessOptions>() ?? new();
        services.AddSingleton<BootstrapKey>();
        services.AddSingleton<SessionCookieEvents>();
        services.AddScoped<IUserConfirmation<Account>, EnabledAccount>();
        services.AddScoped<PasswordSignIn>();
        services.AddScheduledJob<AccessCleanupJob>("access_cleanup", AccessCleanupJob.Interval);
        new IdentityBuilder(typeof(Account), services).AddSignInManager().AddDefaultTokenProviders();
        services.Configure<IdentityPasskeyOptions>(passkey =>
        {
            // A passkey replaces the password and the second factor: it must be found without a name and ask who uses it.
            passkey.ResidentKeyRequirement = "required";
            passkey.UserVerificationRequirement = "required";
        });
        services.AddAuthentication(KeyOrCookie)
            .AddPolicyScheme(KeyOrCookie, null, policy => policy.ForwardDefaultSelector = context =>
                ApiKeyHandler.HasKey(context.Request) ? ApiKeyHandler.SchemeName : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddIdentityCookies(cookies => cookies.ApplicationCookie!.Configure(cookie =>
            {
                cookie.Cookie.Name = "perfdash";
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.ExpireTimeSpan = SessionService.Lifetime;
                cookie.SlidingExpiration = false;
                cookie.LoginPath = PerfDashUrls.SignIn;
                cookie.ReturnUrlParameter = "returnUrl";
                cookie.EventsType = typeof(SessionCookieEvents);
            }));
        // Between password and code, and while the browser makes or uses a passkey.
        services.Configure<CookieAuthenticationOptions>(IdentityConstants.TwoFactorUserIdScheme, cookie => cookie.Cookie.Name = "perfdash_pending");
        new AuthenticationBuilder(services).AddSingleSignOn(settings.Oidc);
        services.AddPolicies();
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, SessionStateProvider>();
        services.AddScoped<SignedIn>();
        var protection = services.AddDataProtection().SetApplicationName("PerfDash").PersistKeysToDbContext<PerfDashDbContext>();
        if (settings.KeyFile.Length > 0)
            protection.ProtectKeysWithCertificate(KeyFile.Read(settings.KeyFile));
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.AddPolicy(SignInLimit, context => RateLimitPartition.GetConcurrencyLimiter(
                context.RemoteAddress() ?? "",
                _ => new ConcurrencyLimiterOptions { PermitLimit = 4, QueueLimit = 20 }));
        });
        return services;
    }

    /// <summary>A disabled account may not sign in.</summary>
    private sealed class EnabledAccount : IUserConfirmation<Account>
    {
        public Task<bool> IsConfirmedAsync(UserManager<Account> manager, Account user) => Task.FromResult(!user.Disabled);
    }
}
