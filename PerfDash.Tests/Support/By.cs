using PerfDash.Core.Access;
using PerfDash.Data.Access;

namespace PerfDash.Tests.Support;

/// <summary>Who changes something in a test.</summary>
internal static class By
{
    public static Actor Admin(string name = "admin") => new(name, ActorKind.Account, Role.Admin);

    public static Actor Viewer { get; } = new("viewer", ActorKind.Account, Role.Viewer);
}
