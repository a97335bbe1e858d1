using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace PerfDash.Core.Configuration;

/// <summary>A section of the configuration and the class that holds its settings; what is in neither is no setting of PerfDash.</summary>
/// <param name="Name">Such as <c>PerfDash:Collection</c>.</param>
/// <param name="Options">Its class; each public property is a setting.</param>
public sealed record SettingsSection(string Name, Type Options);

/// <summary>Registers settings.</summary>
public static class SettingsSections
{
    /// <summary>
    /// Binds a section to its class, makes the names of its settings known, and checks their values against the
    /// validation attributes of the class when the program starts.
    /// </summary>
    public static IServiceCollection AddSettings<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new AttributeCheck<TOptions>(section));
        return services.AddSingleton(new SettingsSection(section, typeof(TOptions)));
    }

    private sealed class AttributeCheck<TOptions>(string section) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var errors = typeof(TOptions).GetProperties()
                .Select(property => SettingRule.ErrorOf($"{section}:{property.Name}", property, property.GetValue(options)))
                .OfType<string>()
                .ToList();
            return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
        }
    }
}
