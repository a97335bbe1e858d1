namespace PerfDash.Core;

/// <summary>How an edit ended.</summary>
public enum EditStatus
{
    Done,

    /// <summary>What was asked for cannot be; the errors say why, by field.</summary>
    Invalid,

    /// <summary>There is no such row.</summary>
    Unknown,

    /// <summary>Somebody else changed it meanwhile, or its state does not allow it.</summary>
    Conflict,
}

/// <summary>What came of an edit.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Item">The row after it; null unless it is done.</param>
/// <param name="Errors">Messages by field; empty unless it is invalid.</param>
public sealed record EditResult<T>(EditStatus Status, T? Item, IReadOnlyDictionary<string, string[]> Errors)
    where T : class
{
    internal static EditResult<T> Done(T item) => new(EditStatus.Done, item, Nothing);

    internal static EditResult<T> Invalid(Dictionary<string, string[]> errors) => new(EditStatus.Invalid, null, errors);

    internal static EditResult<T> Unknown() => new(EditStatus.Unknown, null, Nothing);

    internal static EditResult<T> Conflict() => new(EditStatus.Conflict, null, Nothing);

    private static readonly Dictionary<string, string[]> Nothing = [];
}
