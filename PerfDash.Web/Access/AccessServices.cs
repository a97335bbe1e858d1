using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using PerfDash.Data;

namespace PerfDash.Web.Access;

/// <summary>Registers who may come in: a signed-in browser, or a program with a key. Nothing is open to others.</summary>
internal static class AccessServices
{
    /// <summary>The one role there is: everything.</summary>
    public const string AdminRole = "admin";

    /// <summary>Rate limit of sign-in attempts.</summary>
    public const string SignInLimit = "sign-in";

    private const string KeyOrCookie = "KeyOrCookie";

    /// <summary>Adds authentication, the rule that everything needs it, and persisted cookie keys.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSingleton<BootstrapKey>();
        services.AddSingleton<SignInLinks>();
        services.AddAuthentication(KeyOrCookie)
            .AddPolicyScheme(KeyOrCookie, null, policy => policy.ForwardDefaultSelector = context =>
                ApiKeyHandler.HasKey(context.Request) ? ApiKeyHandler.SchemeName : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddCookie(cookie =>
            {
                cookie.Cookie.Name = "perfdash";
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax;
                cookie.ExpireTimeSpan = TimeSpan.FromDays(14);
                cookie.SlidingExpiration = true;
                cookie.LoginPath = PerfDashUrls.SignIn;
                cookie.ReturnUrlParameter = "returnUrl";
                cookie.Events.OnRedirectToLogin = context => AnswerOrRedirect(context, StatusCodes.Status401Unauthorized);
                cookie.Events.OnRedirectToAccessDenied = context => AnswerOrRedirect(context, StatusCodes.Status403Forbidden);
            });
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireRole(AdminRole).Build())
            .SetDefaultPolicy(new AuthorizationPolicyBuilder().RequireRole(AdminRole).Build());
        services.AddCascadingAuthenticationState();
        services.AddDataProtection().SetApplicationName("PerfDash").PersistKeysToDbContext<PerfDashDbContext>();
        services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.AddPolicy(SignInLimit, context => RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "",
                _ => new FixedWindowRateLimiterOptions { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) }));
        });
        return services;
    }

    /// <summary>A program gets a status it can read; only a person's page is led to the sign-in.</summary>
    private static Task AnswerOrRedirect(RedirectContext<CookieAuthenticationOptions> context, int status)
    {
        if (PerfDashUrls.IsForPrograms(context.Request.Path))
        {
            if (status == StatusCodes.Status401Unauthorized)
                context.Response.Headers.WWWAuthenticate = "Bearer";
            context.Response.StatusCode = status;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }
}
