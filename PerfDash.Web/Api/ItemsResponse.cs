namespace PerfDash.Web.Api;

/// <summary>A list that comes as a whole.</summary>
/// <param name="Items">What is in it.</param>
internal sealed record ItemsResponse<T>(IReadOnlyList<T> Items);
