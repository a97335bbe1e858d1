using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace PerfDash.Tests.Access;

/// <summary>A real OpenID Connect provider in this process (OpenIddict), where whoever comes is signed in as <see cref="Subject"/>.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OidcProvider(WebApplication app) => _app = app;

    /// <summary>Who is signed in there, and the values of the claim <c>roles</c>.</summary>
    public (string Subject, string Name, string[] Roles) Subject { get; set; } = ("1", "ida", []);

    /// <summary>How often somebody signed out there.</summary>
    public int SignedOut { get; private set; }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<OidcProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddAuthentication();
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetAuthorizationEndpointUris("/authorize").SetTokenEndpointUris("/token").SetEndSessionEndpointUris("/logout").SetUserInfoEndpointUris("/userinfo");
            server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
            server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            server.RegisterScopes(Scopes.Email, Scopes.Profile);
            // No database: its only client is checked here.
            server.EnableDegradedMode();
            server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough().EnableUserInfoEndpointPassthrough().DisableTransportSecurityRequirement();
            server.AddEventHandler<OpenIddictServerEvents.ValidateAuthorizationRequestContext>(h => h.UseInlineHandler(c =>
            {
                if (c.ClientId != "perfdash")
                    c.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(h => h.UseInlineHandler(c =>
            {
                if (c.ClientId != "perfdash" || c.ClientSecret != "a secret")
                    c.Reject(Errors.InvalidClient);
                return default;
            }));
            server.AddEventHandler<OpenIddictServerEvents.ValidateEndSessionRequestContext>(h => h.UseInlineHandler(_ => default));
        });
        var app = builder.Build();
        var provider = new OidcProvider(app);
        app.UseAuthentication();
        app.MapGet("/authorize", provider.Authorize);
        app.MapGet("/logout", provider.LogOut);
        app.MapGet("/userinfo", () => Results.Json(new { sub = provider.Subject.Subject, preferred_username = provider.Subject.Name, roles = provider.Subject.Roles }));
        await app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IResult Authorize(HttpContext context)
    {
        var identity = new ClaimsIdentity("test", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, Subject.Subject).SetClaim(Claims.PreferredUsername, Subject.Name);
        identity.SetScopes(context.GetOpenIddictServerRequest()!.GetScopes());
        identity.SetDestinations(_ => [Destinations.AccessToken, Destinations.IdentityToken]);
        return Results.SignIn(new ClaimsPrincipal(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private IResult LogOut()
    {
        SignedOut++;
        return Results.SignOut(new AuthenticationProperties { RedirectUri = "/" }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }
}
