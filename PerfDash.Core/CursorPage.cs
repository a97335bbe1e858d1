namespace PerfDash.Core;

/// <summary>A page of a list.</summary>
/// <param name="Items">The items, in the order of the list.</param>
/// <param name="NextCursor">Where the next page starts; null at the end.</param>
public sealed record CursorPage<T>(IReadOnlyList<T> Items, string? NextCursor);
