namespace PerfDash.Core.Rollups;

/// <summary>What jobs are distinguished by in a roll-up. The numbers are those of the column <c>dims</c>.</summary>
[Flags]
internal enum Dimensions
{
    None = 0,

    Workflow = 1,

    Tier = 2,

    Worker = 4,

    Class = 8,
}
