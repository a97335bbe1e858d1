using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace PerfDash.Web.Access;

/// <summary>Checks every few seconds whether the session of an open page is still valid: a page loses its rights within 5 seconds.</summary>
internal sealed class SessionStateProvider(ILoggerFactory loggers, SessionService sessions, IHostApplicationLifetime lifetime)
    : RevalidatingServerAuthenticationStateProvider(loggers)
{
    /// <inheritdoc />
    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(3);

    /// <inheritdoc />
    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (authenticationState.User.SessionId() is not { } id)
            return authenticationState.User.Identity?.IsAuthenticated == true;
        try
        {
            return await sessions.IsValidAsync(id, cancellationToken);
        }
        catch (ObjectDisposedException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The program is stopping, and its services before its circuits.
            return true;
        }
        catch (Exception e) when (DatabaseErrors.Find(e) is not null)
        {
            // Nobody is signed out because the database is away; nothing can be read or changed meanwhile.
            return true;
        }
    }
}
