using System.Globalization;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Settings;

/// <summary>What a person may change about a worker, as typed.</summary>
/// <param name="GpuModel">Its card; blank for unknown.</param>
/// <param name="GpuVramMb">Memory of the card in MB; blank for unknown.</param>
/// <param name="GpuHourPrice">Price of one GPU hour in the farm's currency; blank for none.</param>
public sealed record WorkerEdit(string? Name, string? GpuModel, string? GpuVramMb, string? GpuHourPrice)
{
    /// <summary>Longest name of anything, characters.</summary>
    public const int MaxNameLength = 200;

    /// <summary>Most memory a card may be said to have, MB: 1 TB.</summary>
    public const int MaxVramMb = 1_048_576;

    public const decimal MaxPrice = HostRows.MaxGpuHourPrice;

    public static WorkerEdit From(Worker worker) => new(
        worker.Name, worker.GpuModel, worker.GpuVramMb?.ToString(CultureInfo.InvariantCulture), worker.GpuHourPrice?.ToString("0.############################", CultureInfo.InvariantCulture));

    /// <summary>What is wrong, by field; empty when all is well.</summary>
    public IReadOnlyDictionary<string, string> Errors
    {
        get
        {
            var errors = new Dictionary<string, string>();
            if (NameError(Name) is { } ofName)
                errors[nameof(Name)] = ofName;
            if (GpuModel?.Trim().Length > MaxNameLength)
                errors[nameof(GpuModel)] = $"At most {MaxNameLength} characters.";
            if (!IsBlank(GpuVramMb) && Vram is not (> 0 and <= MaxVramMb))
                errors[nameof(GpuVramMb)] = string.Create(CultureInfo.InvariantCulture, $"Enter a whole number of MB from 1 to {MaxVramMb:N0}, for example 24576 for 24 GB, or leave blank.");
            if (!IsBlank(GpuHourPrice) && Price is not (>= 0 and <= MaxPrice))
                errors[nameof(GpuHourPrice)] = string.Create(CultureInfo.InvariantCulture, $"Enter a number from 0 to {MaxPrice:N0} with a decimal point, for example 1.79, or leave blank for no price.");
            return errors;
        }
    }

    /// <summary>The memory in MB; null where blank or unreadable.</summary>
    public int? Vram => int.TryParse(GpuVramMb?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var mb) ? mb : null;

    public decimal? Price => decimal.TryParse(GpuHourPrice?.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var price) ? price : null;

    public string? Model => IsBlank(GpuModel) ? null : GpuModel!.Trim();

    /// <summary>What is wrong with a name; null when it will do.</summary>
    public static string? NameError(string? name) =>
        IsBlank(name) ? "A name is required."
        : name!.Trim().Length > MaxNameLength ? $"At most {MaxNameLength} characters."
        : name.Any(char.IsControl) ? "The name must be a single line of text."
        : null;

    private static bool IsBlank(string? text) => string.IsNullOrWhiteSpace(text);
}
