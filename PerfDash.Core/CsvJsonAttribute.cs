namespace PerfDash.Core;

/// <summary>A property that is one cell of JSON in CSV, in place of a column for each of its parts: types and order are kept.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class CsvJsonAttribute : Attribute;
