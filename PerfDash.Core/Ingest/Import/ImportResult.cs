namespace PerfDash.Core.Ingest.Import;

/// <summary>What became of a file's jobs.</summary>
/// <param name="Imported">Stored: new, or known and completed by this file.</param>
/// <param name="Duplicates">Known already; nothing was changed.</param>
/// <param name="RejectedLines">The first of the rejected lines, at most <see cref="HistoryImport.ListedRejections"/>.</param>
public sealed record ImportResult(long Imported, long Duplicates, long Rejected, IReadOnlyList<RejectedLine> RejectedLines)
{
    /// <summary>Fields of JSON lines that no job has, in the order found, at most 50.</summary>
    public IReadOnlyList<UnknownField> UnknownFields { get; init; } = [];

    /// <summary>True where there are more of them.</summary>
    public bool HasMoreUnknownFields { get; init; }
}

/// <summary>A field of JSON lines that no job has.</summary>
/// <param name="Field">The field, with the names it stands within.</param>
/// <param name="Message">What is wrong with it, with the nearest right name.</param>
/// <param name="Lines">How many lines have it.</param>
public sealed record UnknownField(string Field, string Message, long Lines);

/// <summary>A line that was not stored.</summary>
/// <param name="Line">Where its record starts, from 1; the header counts.</param>
public sealed record RejectedLine(long Line, string Reason);

/// <summary>One record of a file: a job, or the reason why it is none.</summary>
/// <param name="Line">Where it starts, from 1; the header counts.</param>
/// <param name="Report">The job, or null.</param>
/// <param name="Error">Why it is none, or null.</param>
public sealed record HistoryLine(long Line, JobReport? Report, string? Error)
{
    /// <summary>Fields that no job has, with what to say of each; also of a line that was refused.</summary>
    public IReadOnlyList<(string Field, string Message)> UnknownFields { get; init; } = [];
}
