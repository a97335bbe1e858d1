using System.Globalization;
using System.Security.Claims;
using PerfDash.Data;

namespace PerfDash.Web.Access;

/// <summary>An <see cref="Actor"/> as claims, and back.</summary>
internal static class AccessClaims
{
    private const string Kind = "perfdash:kind";
    private const string Address = "perfdash:address";
    private const string Session = "perfdash:session";

    /// <summary>The principal of somebody.</summary>
    public static ClaimsPrincipal ToPrincipal(this Actor actor, string scheme, SessionInfo? session = null)
    {
        List<Claim> claims =
        [
            new(ClaimTypes.Name, actor.Name),
            new(Kind, actor.Kind.ToText()),
            new(ClaimTypes.NameIdentifier, string.Create(CultureInfo.InvariantCulture, $"{actor.Kind.ToText()} {actor.Id}").TrimEnd()),
        ];
        if (actor.Role is { } role)
            claims.Add(new(ClaimTypes.Role, role.ToText()));
        if (actor.Address is { } address)
            claims.Add(new(Address, address));
        if (session is not null)
            claims.Add(new(Session, session.Id.ToString(CultureInfo.InvariantCulture)));
        if (session?.Provider is { } provider)
            claims.Add(new(SingleSignOn.Provider, provider));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }

    /// <summary>Who a principal is.</summary>
    public static Actor ToActor(this ClaimsPrincipal user) => new(
        user.Identity?.Name ?? "anonymous",
        EnumText.Find<ActorKind>(user.FindFirstValue(Kind)) ?? ActorKind.Anonymous,
        EnumText.Find<Role>(user.FindFirstValue(ClaimTypes.Role)),
        user.FindFirstValue(Address),
        long.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier)?.Split(' ')[^1], CultureInfo.InvariantCulture, out var id) ? id : null);

    /// <summary>The session of a signed-in browser; null for others.</summary>
    public static long? SessionId(this ClaimsPrincipal user) =>
        long.TryParse(user.FindFirstValue(Session), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>Who sends a request.</summary>
    public static Actor Actor(this HttpContext context) => context.User.ToActor();

    /// <summary>The address a request comes from; behind a trusted proxy the one the proxy names.</summary>
    public static string? RemoteAddress(this HttpContext context) =>
        context.Connection.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : context.Connection.RemoteIpAddress?.ToString();
}
