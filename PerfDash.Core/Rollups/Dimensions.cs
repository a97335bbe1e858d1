namespace PerfDash.Core.Rollups;

/// <summary>What jobs are distinguished by in a roll-up. The numbers are those of the column <c>dims</c>.</summary>
[Flags]
internal enum Dimensions
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>By workflow.</summary>
    Workflow = 1,

    /// <summary>By resolution tier.</summary>
    Tier = 2,

    /// <summary>By worker.</summary>
    Worker = 4,
}
