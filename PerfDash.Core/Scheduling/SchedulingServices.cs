using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Quartz;

namespace PerfDash.Core.Scheduling;

/// <summary>Registers what runs on schedule: Quartz with its PostgreSQL job store, so that of several instances one runs a job and any can take over.</summary>
public static class SchedulingServices
{
    /// <summary>Of Quartz's tables.</summary>
    public const string TablePrefix = "perfdash_qrtz_";

    /// <summary>Adds what is known of scheduled jobs, without running any: for commands.</summary>
    public static IServiceCollection AddScheduledJobQueries(this IServiceCollection services) => services.AddSingleton<ScheduledJobQueries>();

    /// <summary>Starts the scheduler once the application serves. Call it once, beside <see cref="AddScheduledJob{TJob}"/> for each job.</summary>
    public static IServiceCollection AddRunningScheduler(this IServiceCollection services)
    {
        services.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "PerfDash";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(4);
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = services => services.GetRequiredService<NpgsqlDataSource>());
                store.UseSystemTextJsonSerializer();
                store.UseClustering();
                store.ConfigureStore(options =>
                {
                    options.TablePrefix = TablePrefix;
                    options.StoreJobDataAsStrings = true;
                    // A scheduler left behind (see SchedulerService) must not keep the process alive.
                    options.UseBackgroundThreads = true;
                });
            });
        });
        // Stops after the scheduler. The scheduler itself would wait without end for a job whose end the database, being
        // away, cannot note.
        services.AddSingleton<RunningJobs>();
        services.AddHostedService(provider => provider.GetRequiredService<RunningJobs>());
        services.AddQuartzHostedService<SchedulerService>(hosted => hosted.WaitForJobsToComplete = false);
        return services;
    }

    /// <summary>Runs a job as soon as an instance starts, and from then on every <paramref name="interval"/>, on one instance at a time.</summary>
    /// <param name="services">With <see cref="AddRunningScheduler"/>.</param>
    /// <param name="name">What the job is called where its runs are shown.</param>
    /// <param name="interval">From one start of it to the next.</param>
    public static IServiceCollection AddScheduledJob<TJob>(this IServiceCollection services, string name, TimeSpan interval)
        where TJob : ScheduledJob
    {
        var key = new JobKey(name);
        return services.AddQuartz(quartz => quartz
            .AddJob<TJob>(job => job.WithIdentity(key))
            .AddTrigger(trigger => trigger
                .WithIdentity(name)
                .ForJob(key)
                .StartNow()
                .WithSimpleSchedule(schedule => schedule.WithInterval(interval).RepeatForever())));
    }
}
