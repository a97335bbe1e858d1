using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;
using PerfDash.Core.Ingest.Import;
using PerfDash.Data;
using PerfDash.Data.EmbeddedPostgres;
using PerfDash.Data.Migrations;
using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary>Distinguishes what a person can mend from faults of the program.</summary>
internal static class Mistake
{
    /// <summary>What to say of it in place of a trace; null for a fault of the program.</summary>
    public static string? Sentence(Exception e) => e switch
    {
        StartupException or DatabaseUnfitException or EmbeddedPostgresException or MigrationException or HistoryImportException or OptionsValidationException => e.Message,
        // Broken JSON: the framework names the file, the inner exceptions the place.
        InvalidDataException { InnerException: { } reason } => $"{e.Message.TrimEnd('.')}: {Innermost(reason).Message}",
        IOException { InnerException: AddressInUseException } => $"{e.Message} Stop the other program, or choose another port with --urls http://localhost:PORT.",
        NpgsqlException or SocketException => $"The database cannot be used: {DatabaseFault.Describe(e)}",
        _ => null,
    };

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
