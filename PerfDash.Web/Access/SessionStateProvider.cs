using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace PerfDash.Web.Access;

/// <summary>Looks every few seconds whether the session of an open page still holds: a page loses its rights within 5 seconds.</summary>
internal sealed class SessionStateProvider(ILoggerFactory loggers, SessionService sessions) : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc />
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        // Looked at again with each change, where a program's key has no session either.
        if (authenticationState.User.SessionId() is not { } id)
            return authenticationState.User.Identity?.IsAuthenticated == true;
        try
        {
            return await sessions.IsValidAsync(id, cancellationToken);
        }
        catch (Exception e) when (DatabaseFailure.Is(e))
        {
            // Nobody is signed out because the database is away; nothing can be read or changed meanwhile.
            return true;
        }
    }
}
