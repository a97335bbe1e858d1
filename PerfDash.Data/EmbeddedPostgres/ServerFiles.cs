namespace PerfDash.Data.EmbeddedPostgres;

/// <summary>
/// The files a server runs from, as they were at a moment. A package upgrade puts new files in the place of those of the
/// running server, which then loads new libraries into the old program.
/// </summary>
/// <param name="Program">The server's program; null when it is not there.</param>
/// <param name="Library">The library of PL/pgSQL, of the same package; null when it is not there.</param>
public sealed record ServerFiles(FileMark? Program, FileMark? Library)
{
    /// <summary>True when both are there, as in the middle of an upgrade they need not be.</summary>
    public bool AreThere => Program is not null && Library is not null;

    /// <summary>Reads them as they are now.</summary>
    public static ServerFiles Read(string binDirectory, string libraryDirectory) => new(
        FileMark.Read(Path.Combine(binDirectory, "postgres")),
        FileMark.Read(Path.Combine(libraryDirectory, OperatingSystem.IsMacOS() ? "plpgsql.dylib" : "plpgsql.so")));
}

/// <summary>What distinguishes a file from another that took its place.</summary>
/// <param name="Created">When its inode was made, where the file system knows.</param>
/// <param name="Written">When it was written.</param>
/// <param name="Length">Bytes.</param>
public sealed record FileMark(DateTime Created, DateTime Written, long Length)
{
    /// <summary>Of the file as it is now; null when there is none.</summary>
    public static FileMark? Read(string path) =>
        new FileInfo(path) is { Exists: true } file ? new FileMark(file.CreationTimeUtc, file.LastWriteTimeUtc, file.Length) : null;
}
