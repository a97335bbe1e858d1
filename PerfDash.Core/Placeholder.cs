namespace PerfDash.Core;

internal static class Placeholder;
