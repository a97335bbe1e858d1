using System.ComponentModel;
using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>Reads <c>ConnectionStrings:PerfDash</c>: Npgsql's <c>Host=…;Username=…</c>, or libpq's <c>postgres://…</c>. Errors never repeat the value, which holds a password.</summary>
internal static class ConnectionSetting
{
    public const string Key = "ConnectionStrings:PerfDash";

    private const string Example = "Host=db.example;Username=perfdash;Password=…;Database=perfdash, or postgres://perfdash:…@db.example/perfdash";

    /// <summary>What libpq calls by another name than Npgsql.</summary>
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = "Username",
        ["dbname"] = "Database",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["channel_binding"] = "Channel Binding",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    /// <summary>The connection string in Npgsql's form; null when none is configured.</summary>
    /// <exception cref="StartupException">It cannot be read; the message says why.</exception>
    public static string? Read(IConfiguration configuration)
    {
        var text = configuration[Key]?.Trim();
        if (string.IsNullOrEmpty(text))
            return null;
        var isUri = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);
        var pairs = isUri ? OfUri(text) : Pairs(text);
        var connection = new NpgsqlConnectionStringBuilder();
        foreach (var (name, value) in pairs)
            Set(connection, name, value);
        return connection.Host is { Length: > 0 }
            ? connection.ConnectionString
            : throw new StartupException($"{Key} names no Host; it must be like {Example}.");
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string text)
    {
        try
        {
            var parsed = new DbConnectionStringBuilder { ConnectionString = text };
            // It makes all names lower case; errors name them as they were written.
            return [.. parsed.Keys.Cast<string>().Select(name => (Regex.Match(text, Regex.Escape(name), RegexOptions.IgnoreCase) is { Success: true } written ? written.Value : name, Convert.ToString(parsed[name], System.Globalization.CultureInfo.InvariantCulture) ?? ""))];
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"{Key} cannot be read; it must be like {Example}.", e);
        }
    }

    private static List<(string Name, string Value)> OfUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
            throw new StartupException($"{Key} is not a valid address; it must be like {Example}. Characters such as @ / : # in a password are written as %40 %2F %3A %23.");
        var pairs = new List<(string, string)> { ("Host", uri.DnsSafeHost) };
        if (uri.Port > 0)
            pairs.Add(("Port", uri.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        var user = uri.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            pairs.Add(("Username", Uri.UnescapeDataString(user[0])));
        if (user.Length > 1)
            pairs.Add(("Password", Uri.UnescapeDataString(user[1])));
        if (uri.AbsolutePath.Length > 1)
            pairs.Add(("Database", Uri.UnescapeDataString(uri.AbsolutePath[1..])));
        pairs.AddRange(Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(uri.Query)
            .Select(parameter => (
                LibpqNames.GetValueOrDefault(parameter.Key, parameter.Key),
                // verify-full is VerifyFull with Npgsql.
                parameter.Key == "sslmode" ? parameter.Value.ToString().Replace("-", "", StringComparison.Ordinal) : parameter.Value.ToString())));
        return pairs;
    }

    private static IEnumerable<string> Names(NpgsqlConnectionStringBuilder connection) =>
        TypeDescriptor.GetProperties(connection).Cast<PropertyDescriptor>().Where(p => p.IsBrowsable).Select(p => p.DisplayName);

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        if (!connection.ContainsKey(name))
            throw new StartupException($"{Key}: \"{name}\" is not a part of a connection string{NearestName.Suggestion(name, Names(connection))}");
        try
        {
            connection[name] = value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException or NotSupportedException)
        {
            throw new StartupException($"{Key}: {name} cannot be \"{(name.Contains("pass", StringComparison.OrdinalIgnoreCase) ? "…" : value)}\".", e);
        }
    }
}
