using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using PerfDash.Data.Access;

namespace PerfDash.Core.Access;

/// <summary>The store of ASP.NET Core Identity, with the secrets of two-factor authentication encrypted by the data protection keys.</summary>
internal sealed class AccountStore(PerfDashDbContext context, IDataProtectionProvider protection, IdentityErrorDescriber describer)
    : UserOnlyStore<Account, PerfDashDbContext, long>(context, describer)
{
    private readonly IDataProtector _protector = protection.CreateProtector("PerfDash.Access.Token");

    /// <inheritdoc />
    public override Task SetTokenAsync(Account user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : _protector.Protect(value), cancellationToken);

    /// <inheritdoc />
    public override async Task<string?> GetTokenAsync(Account user, string loginProvider, string name, CancellationToken cancellationToken) =>
        await base.GetTokenAsync(user, loginProvider, name, cancellationToken) is { } value ? _protector.Unprotect(value) : null;
}
