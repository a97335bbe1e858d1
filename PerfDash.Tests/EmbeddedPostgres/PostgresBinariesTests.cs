using System.Runtime.Versioning;
using PerfDash.Data.EmbeddedPostgres;

namespace PerfDash.Tests.EmbeddedPostgres;

[UnsupportedOSPlatform("windows")]
public sealed class PostgresBinariesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("perfdash-bin-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_programs_of_this_machine_are_found()
    {
        var found = await PostgresBinaries.FindAsync(clusterMajorVersion: null, Cancel);

        Assert.True(found.MajorVersion >= PostgresBinaries.OldestMajorVersion);
        Assert.True(File.Exists(Path.Combine(found.BinDirectory, "initdb")));
        // The folder of the programs themselves, not that of links to some of them.
        Assert.Null(File.ResolveLinkTarget(Path.Combine(found.BinDirectory, "postgres"), returnFinalTarget: false));
    }

    [Fact]
    public async Task Without_any_programs_the_message_names_the_command_that_installs_them()
    {
        var missing = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => PostgresBinaries.FindAsync([_folder.FullName], clusterMajorVersion: null, Cancel));

        Assert.Contains(
            OperatingSystem.IsMacOS() ? "brew install postgresql" : "apt-get install postgresql", missing.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__PerfDash", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_without_programs_fails_with_that_message_and_creates_no_cluster()
    {
        var data = Path.Combine(_folder.FullName, "data");
        var options = new EmbeddedPostgresOptions { DataDirectory = data, BinDirectory = _folder.FullName };

        var missing = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => EmbeddedPostgresServer.StartAsync(options, progress: null, Cancel));

        Assert.Contains("Install it with:", missing.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(data, "postgres")));
    }

    [Theory]
    [InlineData(null, 16)]
    [InlineData(18, 18)]
    [InlineData(12, 12)]
    public async Task The_first_supported_version_is_taken_unless_the_data_needs_another(int? clusterMajorVersion, int expected)
    {
        string[] installed = [Programs(12), Programs(16), Programs(18)];

        var found = await PostgresBinaries.FindAsync(installed, clusterMajorVersion, Cancel);

        Assert.Equal(expected, found.MajorVersion);
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_installed_asks_for_that_version()
    {
        var missing = await Assert.ThrowsAsync<EmbeddedPostgresException>(
            () => PostgresBinaries.FindAsync([Programs(16)], clusterMajorVersion: 14, Cancel));

        Assert.Contains("created by PostgreSQL 14", missing.Message, StringComparison.Ordinal);
        Assert.Contains("found: 16 in ", missing.Message, StringComparison.Ordinal);
        Assert.Contains(
            OperatingSystem.IsMacOS() ? "postgresql@14" : "apt-get install postgresql-14", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_with_only_one_of_the_programs_is_skipped()
    {
        var incomplete = Programs(17);
        File.Delete(Path.Combine(incomplete, "initdb"));

        var found = await PostgresBinaries.FindAsync([incomplete, Programs(16)], clusterMajorVersion: null, Cancel);

        Assert.Equal(16, found.MajorVersion);
    }

    /// <summary>Programs that can say their version and nothing else.</summary>
    private string Programs(int majorVersion)
    {
        var bin = Directory.CreateDirectory(Path.Combine(_folder.FullName, $"{majorVersion}", "bin")).FullName;
        foreach (var program in new[] { "postgres", "initdb" })
        {
            var path = Path.Combine(bin, program);
            File.WriteAllText(path, $"#!/bin/sh\necho '{program} (PostgreSQL) {majorVersion}.3 (Debian {majorVersion}.3-1)'\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return bin;
    }
}
