using System.Text;
using PerfDash.Core.Ingest;
using PerfDash.Core.Ingest.Import;

namespace PerfDash.Tests.Ingest;

/// <summary>A file of history in a test: written, looked at, read, gone.</summary>
internal sealed class HistoryText : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("perfdash-import-").FullName;

    private HistoryText(string name, byte[] content)
    {
        Path = System.IO.Path.Combine(_directory, name);
        File.WriteAllBytes(Path, content);
    }

    public string Path { get; }

    public static HistoryText Csv(string content) => new("history.csv", Encoding.UTF8.GetBytes(content));

    public static HistoryText Ndjson(string content) => new("history.ndjson", Encoding.UTF8.GetBytes(content));

    public static HistoryText Named(string name, byte[] content) => new(name, content);

    public Task<HistoryFile> OpenAsync(string? map = null) =>
        HistoryFile.OpenAsync(Path, map is null ? null : ImportMapReader.Parse(map), TestContext.Current.CancellationToken);

    public async Task<List<HistoryLine>> ReadAsync(string? map = null) =>
        await (await OpenAsync(map)).ReadAsync(_ => { }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    /// <summary>The only job of the file.</summary>
    public async Task<JobReport> OnlyAsync(string? map = null)
    {
        var line = Assert.Single(await ReadAsync(map));
        Assert.Null(line.Error);
        return line.Report!;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
