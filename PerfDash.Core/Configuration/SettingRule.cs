using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace PerfDash.Core.Configuration;

/// <summary>What a setting may be, by its type and its validation attributes, said in one sentence.</summary>
public static class SettingRule
{
    /// <summary>Why a text cannot be read as the setting, in a sentence with key, value and what is allowed; null when it can.</summary>
    public static string? ErrorOfText(string key, PropertyInfo setting, string text)
    {
        var type = Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType;
        if (type == typeof(string) || (text.Length == 0 && type != setting.PropertyType))
            return null;
        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text) is { } value && (!type.IsEnum || Enum.IsDefined(type, value))
                ? null
                : Sentence(key, setting, text);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException || e.InnerException is FormatException or OverflowException)
        {
            return Sentence(key, setting, text);
        }
    }

    /// <summary>Why a value may not be, in a sentence with key, value and what is allowed; null when it may.</summary>
    public static string? ErrorOf(string key, PropertyInfo setting, object? value)
    {
        var broken = setting.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(rule => !rule.IsValid(value));
        return broken is null ? null
            // Of a secret the rule is said and not the value.
            : broken.ErrorMessage is { } rule ? $"{key} {rule}."
            : Sentence(key, setting, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
    }

    private static string Sentence(string key, PropertyInfo setting, string value) => $"{key} is \"{value}\"; it must be {Allowed(setting)}.";

    private static string Allowed(PropertyInfo setting)
    {
        var type = Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType;
        var range = setting.GetCustomAttribute<RangeAttribute>() is { } limits ? $" from {Bound(type, limits.Minimum)} to {Bound(type, limits.Maximum)}" : "";
        return type switch
        {
            _ when type == typeof(bool) => "true or false",
            _ when type.IsEnum => $"one of {string.Join(", ", Enum.GetNames(type))}",
            _ when type == typeof(TimeSpan) => $"a time span as [d.]hh:mm:ss{range}",
            _ when type == typeof(double) || type == typeof(decimal) => $"a number{range}",
            _ => $"a whole number{range}",
        };
    }

    // The bounds of a time span are written as text beside it.
    private static string Bound(Type type, object bound) =>
        string.Format(CultureInfo.InvariantCulture, type == typeof(int) || type == typeof(long) ? "{0:N0}" : "{0}", bound);
}
