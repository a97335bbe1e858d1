using System.ComponentModel.DataAnnotations;

namespace PerfDash.Web.Shared;

/// <summary>The currency of prices and costs, section <c>PerfDash</c>.</summary>
public sealed class CurrencyOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "PerfDash";

    /// <summary>The currency where none is configured.</summary>
    public const string Default = "USD";

    /// <summary>
    /// What worker prices are entered in, shown with every cost: an ISO 4217 code such as <c>EUR</c>, or a symbol. PerfDash converts nothing.
    /// 1 to 5 characters without digits, spaces and quotes.
    /// </summary>
    [Required(ErrorMessage = Message)]
    [RegularExpression("""^[^\s\d"'<>&,;]{1,5}$""", ErrorMessage = Message)]
    public string Currency { get; set; } = Default;

    private const string Message = "must be a currency code such as EUR, or a symbol: 1 to 5 characters without digits, spaces and quotes";
}
