using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace PerfDash.Core;

/// <summary>Where a page of a list ended that is sorted by a moment and then by an id. Opaque to callers.</summary>
/// <param name="At">The moment of the last row, UTC.</param>
internal sealed record MomentCursor(DateTime At, long Id)
{
    /// <summary>Text for an address.</summary>
    public string Write() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.Ticks}|{Id}")));

    /// <summary>Reads what <see cref="Write"/> wrote; null for anything else.</summary>
    public static MomentCursor? Read(string text)
    {
        if (!Base64Url.IsValid(text))
            return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
            && long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)
            ? new MomentCursor(new DateTime(ticks, DateTimeKind.Utc), id)
            : null;
    }
}
