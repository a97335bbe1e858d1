using Microsoft.AspNetCore.Components.Authorization;

namespace PerfDash.Web.Features.Alerts;

/// <summary>Who acts on a page, as the audit trail names them.</summary>
public sealed class SignedIn(AuthenticationStateProvider state)
{
    /// <summary>The name of the sign-in.</summary>
    public async Task<string> NameAsync() => (await state.GetAuthenticationStateAsync()).User.Identity?.Name ?? "unknown";
}
