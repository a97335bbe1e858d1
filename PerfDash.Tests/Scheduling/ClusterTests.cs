using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PerfDash.Core;
using PerfDash.Core.Scheduling;
using PerfDash.Data;
using PerfDash.Tests.Collection;
using Quartz;

namespace PerfDash.Tests.Scheduling;

/// <summary>Several schedulers on one database.</summary>
public sealed class ClusterTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Of_two_instances_one_runs_a_job_each_time_and_the_other_goes_on_alone()
    {
        await database.ExecuteAsync("CREATE TABLE firings (due BIGINT PRIMARY KEY, times INT NOT NULL)");
        using var first = await StartAsync();
        using var second = await StartAsync();
        await Eventually.EqualAsync(2L, () => database.CountAsync("perfdash_qrtz_scheduler_state"));

        await RunsAsync(6);
        await first.StopAsync(TestContext.Current.CancellationToken);
        await RunsAsync(3);
        await second.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, await database.ScalarAsync<int>("SELECT max(times) FROM firings"));
    }

    [Fact]
    public async Task A_job_that_fails_shows_its_error_until_it_succeeds()
    {
        using var host = await StartAsync();
        await Eventually.EqualAsync("No luck.", async () => (await JobAsync("unlucky"))?.LastError);

        await database.ExecuteAsync("CREATE TABLE IF NOT EXISTS luck ()");

        await Eventually.EqualAsync(null, async () => (await JobAsync("unlucky"))?.LastError);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private async Task<ScheduledJobItem?> JobAsync(string name) =>
        (await database.Get<ScheduledJobQueries>().GetAsync(TestContext.Current.CancellationToken)).FirstOrDefault(j => j.Name == name);

    private async Task RunsAsync(int more)
    {
        var before = await database.CountAsync("firings");
        await Eventually.ThatAsync(async () => await database.CountAsync("firings") >= before + more, $"{more} more firings");
    }

    private async Task<IHost> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.Services.AddPerfDashData(database.ConnectionString);
        builder.Services.AddPerfDashCore();
        builder.Services.AddQuartz(quartz => quartz
            .AddJob<NoteFiring>(job => job.WithIdentity("note"))
            .AddTrigger(trigger => trigger.WithIdentity("note").ForJob("note").WithSimpleSchedule(s => s.WithInterval(TimeSpan.FromMilliseconds(300)).RepeatForever())));
        builder.Services.AddScheduledJob<Unlucky>("unlucky", TimeSpan.FromMilliseconds(300));
        builder.Services.AddRunningScheduler();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public sealed class NoteFiring(NpgsqlDataSource dataSource) : IJob
    {
        public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
        {
            await using var command = dataSource.CreateCommand("INSERT INTO firings AS f VALUES ($1, 1) ON CONFLICT (due) DO UPDATE SET times = f.times + 1");
            command.Parameters.Add(new() { Value = context.ScheduledFireTimeUtc!.Value.UtcTicks });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    public sealed class Unlucky(IServiceProvider services, NpgsqlDataSource dataSource) : ScheduledJob(services)
    {
        protected override async Task RunAsync(CancellationToken cancellationToken)
        {
            await using var command = dataSource.CreateCommand("SELECT to_regclass('luck') IS NOT NULL");
            if (!(bool)(await command.ExecuteScalarAsync(cancellationToken))!)
                throw new InvalidOperationException("No luck.");
        }
    }
}
