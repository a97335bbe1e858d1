using System.Security.Cryptography;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace PerfDash.Web.Access;

/// <summary>Lets a request in that carries a key, as <c>Authorization: Bearer KEY</c> or <c>X-Api-Key: KEY</c>.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> schemes, ILoggerFactory loggers, UrlEncoder encoder, BootstrapKey bootstrap, ApiKeyService keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemes, loggers, encoder)
{
    public const string SchemeName = "ApiKey";

    /// <summary>True where a request carries a key, right or wrong: then the key decides, not a cookie beside it.</summary>
    public static bool HasKey(HttpRequest request) => Read(request) is not null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Read(Request) is not { } given)
            return AuthenticateResult.NoResult();
        var actor = bootstrap.Matches(given)
            ? new Actor("automation", ActorKind.Bootstrap, Role.Admin, Context.RemoteAddress())
            : await keys.FindAsync(given, Context.RemoteAddress(), Context.RequestAborted);
        return actor is null
            ? AuthenticateResult.Fail("The API key is not valid.")
            : AuthenticateResult.Success(new AuthenticationTicket(actor.ToPrincipal(SchemeName), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    private static string? Read(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-Api-Key", out var header) && !string.IsNullOrEmpty(header.ToString()))
            return header.ToString();
        const string bearer = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim() : null;
    }
}

/// <summary>The configured key, held as a hash and compared in constant time.</summary>
internal sealed class BootstrapKey(IOptions<AccessOptions> options)
{
    private readonly byte[]? _hash = string.IsNullOrWhiteSpace(options.Value.BootstrapApiKey) ? null : Secrets.Hash(options.Value.BootstrapApiKey);

    /// <summary>True when a key is configured and this is it.</summary>
    public bool Matches(string given) => _hash is not null && CryptographicOperations.FixedTimeEquals(_hash, Secrets.Hash(given));
}
