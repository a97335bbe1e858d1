using PerfDash.Data.Entities;

namespace PerfDash.Core.Jobs;

/// <summary>What a list of jobs may be of: recorded jobs, which have figures, or jobs in another state, which have none.</summary>
public static class JobStates
{
    /// <summary>Completed and recorded.</summary>
    public const string Recorded = "recorded";

    /// <summary>All of them, recorded first.</summary>
    public static IReadOnlyList<string> All { get; } = [Recorded, JobStatus.Running, JobStatus.Pending, JobStatus.Failed, JobStatus.Cancelled];

    /// <summary>Reads the word of an address; <see cref="Recorded"/> when it is none of them.</summary>
    public static string Read(string? word) => word is not null && All.Contains(word, StringComparer.Ordinal) ? word : Recorded;
}
