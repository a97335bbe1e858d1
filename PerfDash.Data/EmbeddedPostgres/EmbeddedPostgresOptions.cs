namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>Where the private PostgreSQL lives and how it is run.</summary>
public sealed record EmbeddedPostgresOptions
{
    /// <summary>
    /// Folder of PerfDash's data; made (readable by its owner only) when missing. Holds the cluster in <c>postgres/</c>,
    /// its password, the lock of the process that runs the server, and the output of the last start.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// Server settings by name, stronger than PerfDash's own, for example <c>fsync</c> = <c>off</c>. Not stored: they
    /// hold for this start only. Empty by default.
    /// </summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder that holds <c>initdb</c> and <c>postgres</c>; null searches the usual places.</summary>
    public string? BinDirectory { get; init; }
}
