using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using PerfDash.Data.Access;
using PerfDash.Data.Entities;
using PerfDash.Data.Sources;

namespace PerfDash.Data;

/// <summary>
/// The database as it is after the SQL files in <c>migrations/</c>. The files are the truth; a test holds this map
/// against them, column by column. Names follow snake_case by convention. Make one context per operation.
/// </summary>
public sealed class PerfDashDbContext(DbContextOptions<PerfDashDbContext> options)
    : IdentityUserContext<Account, long>(options), IDataProtectionKeyContext
{
    public DbSet<Workflow> Workflows => Set<Workflow>();

    public DbSet<Worker> Workers => Set<Worker>();

    public DbSet<Project> Projects => Set<Project>();

    public DbSet<Character> Characters => Set<Character>();

    public DbSet<Scene> Scenes => Set<Scene>();

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

    /// <summary>When jobs failed or were cancelled whose rows do not say so.</summary>
    public DbSet<JobEnding> JobEndings => Set<JobEnding>();

    /// <summary>How well estimates held.</summary>
    public DbSet<EstimateBackTest> EstimateBackTests => Set<EstimateBackTest>();

    /// <summary>One row of settings for the trigger.</summary>
    public DbSet<CollectionSettings> CollectionSettings => Set<CollectionSettings>();

    /// <summary>A rule on all jobs of the last minutes together.</summary>
    public DbSet<AlertWindowRule> AlertWindowRules => Set<AlertWindowRule>();

    /// <summary>How far window rules were evaluated.</summary>
    public DbSet<AlertWindowEvaluation> AlertWindowEvaluations => Set<AlertWindowEvaluation>();

    /// <summary>What a rule found, from opening to resolution.</summary>
    public DbSet<AlertIncident> AlertIncidents => Set<AlertIncident>();

    /// <summary>Something that happened to an incident.</summary>
    public DbSet<AlertIncidentEvent> AlertIncidentEvents => Set<AlertIncidentEvent>();

    /// <summary>Silence for a scope until a moment.</summary>
    public DbSet<AlertMute> AlertMutes => Set<AlertMute>();

    /// <summary>A change of a rule, mute or channel.</summary>
    public DbSet<AlertAuditEntry> AlertAudit => Set<AlertAuditEntry>();

    /// <summary>Where notifications go.</summary>
    public DbSet<NotificationChannel> NotificationChannels => Set<NotificationChannel>();

    /// <summary>One notification of one change to one channel.</summary>
    public DbSet<NotificationDelivery> NotificationDeliveries => Set<NotificationDelivery>();

    /// <summary>The latest run of each scheduled job.</summary>
    public DbSet<ScheduledJobRun> ScheduledJobRuns => Set<ScheduledJobRun>();

    /// <summary>Keys that protect cookies.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <summary>Signed-in browsers.</summary>
    public DbSet<AccountSession> AccountSessions => Set<AccountSession>();

    /// <summary>Keys of programs.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>One-time links that were not used yet.</summary>
    public DbSet<SignInLink> SignInLinks => Set<SignInLink>();

    /// <summary>Who did what.</summary>
    public DbSet<AuditEntry> AccessAudit => Set<AuditEntry>();

    /// <summary>What PerfDash asks by itself.</summary>
    public DbSet<Source> Sources => Set<Source>();

    /// <summary>Prompts of sources that have not ended.</summary>
    public DbSet<SourcePrompt> SourcePrompts => Set<SourcePrompt>();

    /// <summary>The fixed prompts of sources.</summary>
    public DbSet<SourceProbe> SourceProbes => Set<SourceProbe>();

    /// <summary>Runs of these.</summary>
    public DbSet<SourceProbeRun> SourceProbeRuns => Set<SourceProbeRun>();

    protected override Version SchemaVersion => IdentitySchemaVersions.Version3;

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        foreach (var type in typeof(AlertIncident).Assembly.GetTypes().Where(t => t.IsEnum && (t.Namespace == typeof(AlertIncident).Namespace || t.Namespace == typeof(Role).Namespace || t.Namespace == typeof(Source).Namespace)))
            configurationBuilder.Properties(type).HaveConversion(typeof(EnumTextConverter<>).MakeGenericType(type));
    }

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        MapHost(builder);
        MapAccess(builder);
        builder.Entity<PerformanceMetric>(metric =>
        {
            // Read with the scores that came later; written to the table alone.
            metric.ToTable("performance_metrics").ToView("scored_metrics");
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
        MapAlerts(builder);
        builder.Entity<Source>(source =>
        {
            source.Property(s => s.Id).UseIdentityAlwaysColumn();
            source.Property(s => s.CreatedAt).HasDefaultValueSql("now()");
        });
        builder.Entity<SourcePrompt>().HasKey(p => new { p.SourceId, p.PromptId });
        builder.Entity<SourceProbe>(probe =>
        {
            probe.HasKey(p => p.SourceId);
            probe.Property(p => p.SourceId).ValueGeneratedNever();
            probe.Property(p => p.Graph).HasColumnType("jsonb");
        });
        builder.Entity<SourceProbeRun>(run =>
        {
            run.Property(r => r.Id).UseIdentityAlwaysColumn();
            run.Property(r => r.SubmittedAt).HasDefaultValueSql("now()");
            run.Property(r => r.Stages).HasColumnType("jsonb");
        });
        builder.Entity<ScheduledJobRun>().HasKey(r => r.JobName);
        builder.Entity<PerformanceAlertThreshold>(threshold =>
        {
            threshold.Property(t => t.CreatedAt).HasDefaultValueSql("now()");
            threshold.Property(t => t.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedOnAddOrUpdate();
        });
        builder.Entity<JobCompletion>(completion =>
        {
            completion.Property(c => c.Id).UseIdentityAlwaysColumn();
            completion.Property(c => c.QueuedAt).HasDefaultValueSql("clock_timestamp()");
        });
        builder.Entity<JobCollection>(collection =>
        {
            collection.HasKey(c => c.JobId);
            collection.Property(c => c.JobId).ValueGeneratedNever();
            collection.Property(c => c.RecordedAt).HasDefaultValueSql("clock_timestamp()");
            collection.Property(c => c.Warnings).HasColumnType("jsonb");
        });
        builder.Entity<FailedCollection>(failed =>
        {
            failed.HasKey(f => f.JobId);
            failed.Property(f => f.JobId).ValueGeneratedNever();
            failed.Property(f => f.FirstFailedAt).HasDefaultValueSql("now()");
            failed.Property(f => f.LastFailedAt).HasDefaultValueSql("now()");
        });
        builder.Entity<EstimateBackTest>(test =>
        {
            test.Property(t => t.Id).UseIdentityAlwaysColumn();
            test.Property(t => t.Result).HasColumnType("jsonb");
        });
        builder.Entity<JobEnding>(ending =>
        {
            ending.HasKey(e => e.JobId);
            ending.Property(e => e.JobId).ValueGeneratedNever();
        });
        builder.Entity<CollectionSettings>(settings =>
        {
            settings.HasKey(s => s.OnlyRow);
            settings.Property(s => s.OnlyRow).ValueGeneratedNever();
        });
    }

    // Read through HostRows; the tables are named beside them for the comparison with the schema.
    private static void MapHost(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Workflow>().ToTable("workflows").ToSqlQuery(Rows(HostRows.Workflows));
        modelBuilder.Entity<Worker>().ToTable("workers").ToSqlQuery(Rows(HostRows.Workers));
        modelBuilder.Entity<Project>().ToTable("projects").ToSqlQuery(Rows(HostRows.Projects));
        modelBuilder.Entity<Character>().ToTable("characters").ToSqlQuery(Rows(HostRows.Characters));
        modelBuilder.Entity<Scene>().ToTable("scenes").ToSqlQuery(Rows(HostRows.Scenes));
        modelBuilder.Entity<Job>(job =>
        {
            job.ToTable("jobs").ToSqlQuery(Rows(HostRows.Jobs));
            job.Property(j => j.Parameters).HasColumnType("jsonb");
            job.Property(j => j.Result).HasColumnType("jsonb");
        });
    }

    // Entity Framework puts the parentheses itself.
    private static string Rows(string subquery) => subquery[1..^1];

    private static void MapAccess(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            account.Property(a => a.CreatedAt).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<IdentityUserClaim<long>>().ToTable("account_claims");
        modelBuilder.Entity<IdentityUserLogin<long>>().ToTable("account_logins");
        modelBuilder.Entity<IdentityUserToken<long>>().ToTable("account_tokens");
        modelBuilder.Entity<IdentityUserPasskey<long>>().ToTable("account_passkeys");
        // Identity limits the lengths of texts; the columns do not.
        foreach (var text in modelBuilder.Model.GetEntityTypes().Where(e => e.GetTableName()!.StartsWith("account", StringComparison.Ordinal)).SelectMany(e => e.GetProperties()).Where(p => p.ClrType == typeof(string)))
            text.SetMaxLength(null);
        modelBuilder.Entity<AccountSession>().Property(s => s.Id).UseIdentityAlwaysColumn();
        modelBuilder.Entity<SignInLink>().HasKey(l => l.TokenHash);
        modelBuilder.Entity<ApiKey>(key =>
        {
            key.Property(k => k.Id).UseIdentityAlwaysColumn();
            key.Property(k => k.CreatedAt).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<AuditEntry>(entry =>
        {
            entry.ToTable("access_audit");
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
            entry.Property(e => e.At).HasDefaultValueSql("clock_timestamp()");
        });
    }

    private static void MapAlerts(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<AlertWindowRule>(rule =>
        {
            rule.Property(r => r.Id).UseIdentityAlwaysColumn();
            rule.Property(r => r.CreatedAt).HasDefaultValueSql("now()");
            rule.Property(r => r.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedOnAddOrUpdate();
        });
        modelBuilder.Entity<AlertWindowEvaluation>(evaluation =>
        {
            evaluation.HasKey(e => e.WindowRuleId);
            evaluation.Property(e => e.WindowRuleId).ValueGeneratedNever();
        });
        modelBuilder.Entity<AlertIncident>(incident =>
        {
            incident.Property(i => i.Id).UseIdentityAlwaysColumn();
            incident.Property(i => i.RecordedAt).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<AlertIncidentEvent>(entry =>
        {
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
            entry.Property(e => e.RecordedAt).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<AlertMute>(mute =>
        {
            mute.Property(m => m.Id).UseIdentityAlwaysColumn();
            mute.Property(m => m.CreatedAt).HasDefaultValueSql("now()");
        });
        modelBuilder.Entity<AlertAuditEntry>(entry =>
        {
            entry.Property(e => e.Id).UseIdentityAlwaysColumn();
            entry.Property(e => e.Before).HasColumnType("jsonb");
            entry.Property(e => e.After).HasColumnType("jsonb");
            entry.Property(e => e.At).HasDefaultValueSql("clock_timestamp()");
        });
        modelBuilder.Entity<NotificationChannel>(channel =>
        {
            channel.Property(c => c.Id).UseIdentityAlwaysColumn();
            channel.Property(c => c.CreatedAt).HasDefaultValueSql("now()");
            channel.Property(c => c.UpdatedAt).HasDefaultValueSql("now()").ValueGeneratedOnAddOrUpdate();
        });
        modelBuilder.Entity<NotificationDelivery>(delivery =>
        {
            delivery.Property(d => d.Id).UseIdentityAlwaysColumn();
            delivery.Property(d => d.IdempotencyKey).HasDefaultValueSql("gen_random_uuid()");
            delivery.Property(d => d.Message).HasColumnType("jsonb");
            delivery.Property(d => d.NextAttemptAt).HasDefaultValueSql("now()");
            delivery.Property(d => d.CreatedAt).HasDefaultValueSql("clock_timestamp()");
        });
    }
}
