namespace PerfDash.Core.Collection;

/// <summary>
/// How much of one job is recorded. Far beyond what a real job reports, and little enough that no job can make a page slow for
/// everybody; what is beyond is left out with a warning.
/// </summary>
public static class JobLimits
{
    /// <summary>Scores of a job. The four well-known ones come first.</summary>
    public const int MaxScores = 100;

    /// <summary>Stages of a job, the first ones.</summary>
    public const int MaxStages = 500;

    /// <summary>Parameters of a job that is reported by HTTP or imported.</summary>
    public const int MaxParameters = 500;

    /// <summary>Characters in the name of a score, a stage or a parameter, and in a resolution tier.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Characters in a key of another system (<c>external_id</c>); a longer one is refused, because an index could not hold it.</summary>
    public const int MaxKeyLength = 500;

    /// <summary>Characters of all parameters of a reported job together, as JSON.</summary>
    public const int MaxParametersLength = 100_000;
}
