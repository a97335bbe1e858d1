using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Configuration;

namespace PerfDash.Core.Demo;

/// <summary>Registration of the demo farm.</summary>
public static class DemoServices
{
    /// <summary>
    /// Adds <see cref="DemoHistory"/> and the live farm, which acts only where <see cref="DemoOptions.Enabled"/>. Needs an
    /// <c>NpgsqlDataSource</c> and a <see cref="TimeProvider"/>; migrations must be applied before hosted services start.
    /// </summary>
    public static IServiceCollection AddDemoFarm(this IServiceCollection services)
    {
        services.AddSettings<DemoOptions>(DemoOptions.SectionName);
        services.AddSingleton<DemoHistory>();
        services.AddHostedService<DemoLiveFarm>();
        return services;
    }
}
