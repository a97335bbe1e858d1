using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Options;
using PerfDash.Core.Configuration;
using PerfDash.Core.Demo;
using PerfDash.Web.Api;
using Serilog.Events;

namespace PerfDash.Web.Hosting.Startup;

/// <summary>
/// Looks at the whole configuration before anything else is done with it: names that are no settings, and values that
/// cannot be. A name that can only be a slip is an error; one that PerfDash merely does not know is a warning.
/// </summary>
internal static class SettingsCheck
{
    private const string Root = "PerfDash";
    private const string LogLevels = "Serilog:MinimumLevel";

    /// <summary>Registers the settings that only the web application has.</summary>
    public static IServiceCollection AddWebSettings(this IServiceCollection services) => services
        .AddSettings<AccessOptions>(AccessOptions.Section)
        .AddSettings<ProxyOptions>(ProxyOptions.Section)
        .AddSettings<ApiOptions>(ApiOptions.Section)
        .AddSettings<CurrencyOptions>(CurrencyOptions.Section);

    /// <summary>Stands for the names of a dictionary, which are the admin's.</summary>
    private const string AnyName = "{name}";

    /// <summary>Checks it and returns the warnings.</summary>
    /// <exception cref="StartupException">Something in it is wrong; each error is one line of the message.</exception>
    public static IReadOnlyList<string> Run(IConfiguration configuration)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddLogging();
        services.AddPerfDashCore();
        services.AddDemoFarm();
        services.AddWebSettings();
        using var provider = services.BuildServiceProvider();
        var known = KnownSettings(provider.GetServices<SettingsSection>());
        var errors = new List<string>();
        var warnings = new List<string>();
        foreach (var (key, value) in configuration.AsEnumerable().Where(setting => setting.Value is not null).OrderBy(setting => setting.Key, StringComparer.Ordinal))
        {
            var pattern = PatternOf(key);
            if (known.TryGetValue(pattern, out var setting) || known.ContainsKey(pattern[..(pattern.LastIndexOf(':') + 1)] + AnyName))
            {
                if (setting is not null && SettingRule.ErrorOfText(key, setting, value!) is { } error)
                    errors.Add(error);
            }
            else
            {
                CheckName(key, pattern, value!, known.Keys, errors, warnings);
            }
        }

        CheckLogLevels(configuration, errors);
        if (errors.Count == 0)
            errors.AddRange(ErrorsOfRules(provider));
        if (errors.Count > 0)
            throw new StartupException(string.Join(Environment.NewLine, errors.Distinct()));
        return warnings;
    }

    /// <summary>Every setting by its key, with <c>*</c> for a place in a list; null where any text will do.</summary>
    private static Dictionary<string, PropertyInfo?> KnownSettings(IEnumerable<SettingsSection> sections)
    {
        var known = new Dictionary<string, PropertyInfo?>(StringComparer.OrdinalIgnoreCase)
        {
            [PerfDashDirectories.DataDirectoryKey] = null,
            [ConnectionSetting.Key] = null,
        };
        foreach (var section in sections)
            Add(section.Name, section.Options);
        return known;

        void Add(string path, Type type)
        {
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                var key = $"{path}:{property.Name}";
                if (property.PropertyType.IsValueType || property.PropertyType == typeof(string))
                    known[key] = property;
                else if (property.PropertyType.IsAssignableTo(typeof(IDictionary)))
                    known[$"{key}:{AnyName}"] = null;
                else if (property.PropertyType.IsAssignableTo(typeof(IEnumerable)))
                    AddList($"{key}:*", property.PropertyType.GetGenericArguments()[^1]);
                else
                    Add(key, property.PropertyType);
            }
        }

        void AddList(string path, Type item)
        {
            if (item == typeof(string))
                known[path] = null;
            else
                Add(path, item);
        }
    }

    private static string PatternOf(string key) =>
        string.Join(':', key.Split(':').Select(part => part.Length > 0 && part.All(char.IsAsciiDigit) ? "*" : part));

    private static void CheckName(
        string key, string pattern, string value, IReadOnlyCollection<string> known, List<string> errors, List<string> warnings)
    {
        var nearest = Nearest(pattern, known);
        if (nearest is not null)
            errors.Add($"{key} is not a setting of PerfDash; did you mean {nearest}?");
        else if (key.StartsWith(Root + ":", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
            warnings.Add($"{key} is not a setting of PerfDash and is ignored{Elsewhere(pattern, known)}.");
    }

    /// <summary>The setting that is meant by a key with slips in its parts, or with other separators, as in <c>PERFDASH_DEMO_ENABLED</c>.</summary>
    private static string? Nearest(string pattern, IReadOnlyCollection<string> known)
    {
        var squashed = Squash(pattern);
        if (squashed.StartsWith(Root, StringComparison.OrdinalIgnoreCase) && known.FirstOrDefault(k => Squash(k).Equals(squashed, StringComparison.OrdinalIgnoreCase)) is { } same)
            return same;
        var parts = pattern.Split(':');
        if (parts.Length < 2)
            return null;
        return known
            .Select(candidate => (Candidate: candidate, Parts: candidate.Split(':')))
            .Where(c => c.Parts.Length == parts.Length && c.Parts.Zip(parts).All(p => p.First == "*" || NearestName.Find(p.Second, [p.First]) is not null))
            .OrderBy(c => NearestName.Distance(c.Candidate, pattern))
            .FirstOrDefault().Candidate;
    }

    private static string Squash(string key) => key.Replace("_", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal);

    private static string Elsewhere(string pattern, IEnumerable<string> known)
    {
        var name = pattern.Split(':')[^1];
        return known.FirstOrDefault(k => k.EndsWith(":" + name, StringComparison.OrdinalIgnoreCase)) is { } other ? $"; there is {other}" : "";
    }

    private static void CheckLogLevels(IConfiguration configuration, List<string> errors)
    {
        var section = configuration.GetSection(LogLevels);
        var names = section.GetChildren().ToList();
        foreach (var name in names.Where(n => n.Key is not ("Default" or "Override" or "ControlledBy")))
            errors.Add($"{name.Path} is not a setting of the log{NearestName.Suggestion(name.Key, ["Default", "Override"])}");
        foreach (var level in names.Where(n => n.Key == "Default").Append(section).Concat(section.GetSection("Override").GetChildren()))
        {
            // A value that starts with $ names a level switch.
            if (level.Value is { Length: > 0 } value && value[0] != '$' && !Enum.GetNames<LogEventLevel>().Contains(value, StringComparer.OrdinalIgnoreCase))
                errors.Add($"{level.Path} is \"{value}\"; it must be one of {string.Join(", ", Enum.GetNames<LogEventLevel>())}.");
        }
    }

    private static IEnumerable<string> ErrorsOfRules(ServiceProvider provider)
    {
        try
        {
            provider.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException e)
        {
            return e.Failures;
        }
        catch (AggregateException e)
        {
            return e.Flatten().InnerExceptions.OfType<OptionsValidationException>().SelectMany(inner => inner.Failures);
        }
    }
}
