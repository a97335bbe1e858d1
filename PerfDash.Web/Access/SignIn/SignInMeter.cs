using System.Diagnostics.Metrics;

namespace PerfDash.Web.Access.SignIn;

/// <summary>Counts failed sign-ins, so that monitoring can alert on many.</summary>
internal sealed class SignInMeter(IMeterFactory meters)
{
    /// <summary>The meter's name.</summary>
    public const string Name = "PerfDash.Access";

    /// <summary>Wrong names, passwords, codes and passkeys.</summary>
    public Counter<long> Failures { get; } = meters.Create(Name).CreateCounter<long>("perfdash.access.sign_in_failures", description: "Failed sign-ins.");
}
