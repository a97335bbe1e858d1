namespace PerfDash.Core.Ingest.Import;

/// <summary>A file or map that cannot be used; the message says which, where and why.</summary>
public sealed class HistoryImportException : Exception
{
    /// <summary>With a message for the person who named the file.</summary>
    public HistoryImportException(string message)
        : base(message)
    {
    }

    /// <summary>Likewise, with its cause.</summary>
    public HistoryImportException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
