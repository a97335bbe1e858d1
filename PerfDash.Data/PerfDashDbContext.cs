using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using PerfDash.Data.Entities;

namespace PerfDash.Data;

/// <summary>
/// The database as it is after the SQL files in <c>migrations/</c>. The files are the truth; a test holds this map
/// against them, column by column. Names follow snake_case by convention. Make one context per operation.
/// </summary>
public sealed class PerfDashDbContext(DbContextOptions<PerfDashDbContext> options)
    : DbContext(options), IDataProtectionKeyContext
{
    /// <summary>Host table.</summary>
    public DbSet<Workflow> Workflows => Set<Workflow>();

    /// <summary>Host table.</summary>
    public DbSet<Worker> Workers => Set<Worker>();

    /// <summary>Host table.</summary>
    public DbSet<Project> Projects => Set<Project>();

    /// <summary>Host table.</summary>
    public DbSet<Character> Characters => Set<Character>();

    /// <summary>Host table.</summary>
    public DbSet<Scene> Scenes => Set<Scene>();

    /// <summary>Host table.</summary>
    public DbSet<Job> Jobs => Set<Job>();

    /// <summary>One row per completed job.</summary>
    public DbSet<PerformanceMetric> PerformanceMetrics => Set<PerformanceMetric>();

    /// <summary>Limits on metrics.</summary>
    public DbSet<PerformanceAlertThreshold> PerformanceAlertThresholds => Set<PerformanceAlertThreshold>();

    /// <summary>The outbox.</summary>
    public DbSet<JobCompletion> JobCompletions => Set<JobCompletion>();

    /// <summary>Which jobs were recorded, with warnings.</summary>
    public DbSet<JobCollection> JobCollections => Set<JobCollection>();

    /// <summary>Which completions could not be recorded.</summary>
    public DbSet<FailedCollection> FailedCollections => Set<FailedCollection>();

    /// <summary>One row of settings for the trigger.</summary>
    public DbSet<CollectionSettings> CollectionSettings => Set<CollectionSettings>();

    /// <summary>Keys that protect cookies.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Workflow>().Property(w => w.CreatedAt).HasDefaultValueSql("now()");
        modelBuilder.Entity<Worker>().Property(w => w.CreatedAt).HasDefaultValueSql("now()");
        modelBuilder.Entity<Project>().Property(p => p.CreatedAt).HasDefaultValueSql("now()");
        modelBuilder.Entity<Character>().Property(c => c.CreatedAt).HasDefaultValueSql("now()");
        modelBuilder.Entity<Scene>().Property(s => s.CreatedAt).HasDefaultValueSql("now()");
        modelBuilder.Entity<Job>(job =>
        {
            job.Property(j => j.CreatedAt).HasDefaultValueSql("now()");
            job.Property(j => j.Parameters).HasColumnType("jsonb");
            job.Property(j => j.Result).HasColumnType("jsonb");
        });
        modelBuilder.Entity<PerformanceMetric>(metric =>
        {
            metric.HasKey(m => new { m.Id, m.CreatedAt });
            metric.Property(m => m.Id).ValueGeneratedOnAdd();
            metric.Property(m => m.CreatedAt).HasDefaultValueSql("now()");
            metric.Property(m => m.QualityScoresJson).HasColumnType("jsonb");
            metric.Property(m => m.PipelineStagesJson).HasColumnType("jsonb");
            metric.Property(m => m.Likeness).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.FaceConfidence).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.MotionQuality).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.BoundarySsim).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.HasOtherScores).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.TierKey).ValueGeneratedOnAddOrUpdate();
            metric.Property(m => m.StageTimes).ValueGeneratedOnAddOrUpdate();
        });
        modelBuilder.Entity<PerformanceAlertThreshold>(threshold =>
        {
            threshold.Property(t => t.CreatedAt).HasDefaultValueSql("now()");
            threshold.Property(t => t.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedOnAddOrUpdate();
        });
        modelBuilder.Entity<JobCompletion>(completion =>
        {
            completion.Property(c => c.Id).UseIdentityAlwaysColumn();
            completion.Property(c => c.QueuedAt).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<JobCollection>(collection =>
        {
            collection.HasKey(c => c.JobId);
            collection.Property(c => c.JobId).ValueGeneratedNever();
            collection.Property(c => c.RecordedAt).HasDefaultValueSql("clock_timestamp()");
            collection.Property(c => c.Warnings).HasColumnType("jsonb");
        });
        modelBuilder.Entity<FailedCollection>(failed =>
        {
            failed.HasKey(f => f.JobId);
            failed.Property(f => f.JobId).ValueGeneratedNever();
            failed.Property(f => f.FirstFailedAt).HasDefaultValueSql("now()");
            failed.Property(f => f.LastFailedAt).HasDefaultValueSql("now()");
        });
        modelBuilder.Entity<CollectionSettings>(settings =>
        {
            settings.HasKey(s => s.OnlyRow);
            settings.Property(s => s.OnlyRow).ValueGeneratedNever();
        });
    }
}
