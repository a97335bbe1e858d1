using Microsoft.Extensions.DependencyInjection;

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
        services.AddOptions<DemoOptions>().BindConfiguration(DemoOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<DemoHistory>();
        services.AddHostedService<DemoLiveFarm>();
        return services;
    }
}
