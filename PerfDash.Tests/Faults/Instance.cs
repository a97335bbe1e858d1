using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerfDash.Core.Collection;
using PerfDash.Core.Messaging;

namespace PerfDash.Tests.Faults;

/// <summary>What runs of capture in an instance of the program, without its pages.</summary>
internal sealed class Instance : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Instance(ServiceProvider services) => _services = services;

    public CollectionState State => _services.GetRequiredService<CollectionState>();

    /// <summary>Metrics it knows it recorded; a commit whose answer was cut off is not among them.</summary>
    public long Recorded => _services.GetRequiredService<LiveUpdates>().Current.Recorded;

    public static async Task<Instance> StartAsync(string connectionString, Action<IServiceCollection>? more = null)
    {
        var instance = new Instance(TestDatabase.ServicesOver(connectionString, services =>
        {
            services.AddHostedService<PostgresNotificationListener>();
            services.AddHostedService<CollectorService>();
            more?.Invoke(services);
        }));
        foreach (var service in instance._services.GetServices<IHostedService>())
            await service.StartAsync(TestContext.Current.CancellationToken);
        return instance;
    }

    /// <summary>Fails when a fault ended one of its services for good.</summary>
    public void AssertAlive() => Assert.All(
        _services.GetServices<IHostedService>().OfType<BackgroundService>(),
        service => Assert.False(service.ExecuteTask!.IsCompleted, $"{service.GetType().Name} has ended: {service.ExecuteTask.Exception}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}
