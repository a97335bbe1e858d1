using Microsoft.AspNetCore.Components.Authorization;

namespace PerfDash.Web.Access;

/// <summary>Who acts on a page.</summary>
public sealed class SignedIn(AuthenticationStateProvider state, SessionService sessions)
{
    /// <summary>Who, with the rights of this moment: none where the session has ended.</summary>
    public async Task<Actor> ActorAsync(CancellationToken cancellationToken = default)
    {
        var user = (await state.GetAuthenticationStateAsync()).User;
        return user.SessionId() is { } id && !await sessions.IsValidAsync(id, cancellationToken) ? Actor.Anonymous(null) : user.ToActor();
    }

    /// <summary>The session of this page; null for a program's key.</summary>
    public async Task<long?> SessionIdAsync() => (await state.GetAuthenticationStateAsync()).User.SessionId();
}
