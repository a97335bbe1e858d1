using System.Collections.Frozen;

namespace PerfDash.Core.Metrics;

/// <summary>
/// How people read the names that jobs bring along: scores, stages and parameters in snake_case. The API, CSV files and
/// tooltips keep the name as it was reported.
/// </summary>
public static class DisplayName
{
    private static readonly FrozenDictionary<string, string> Acronyms = new[]
    {
        "API", "CFG", "CLIP", "CPU", "FID", "FPS", "GPU", "ID", "LPIPS", "PSNR", "SSIM", "URL", "VAE", "VRAM",
    }.ToFrozenDictionary(a => a.ToLowerInvariant(), StringComparer.Ordinal);

    /// <summary>As a label: <c>Face confidence</c> for <c>face_confidence</c>. A name that is not snake_case stays as it is.</summary>
    public static string From(string name) =>
        InSentence(name) is { Length: > 0 } words && IsSnakeCase(name) ? char.ToUpperInvariant(words[0]) + words[1..] : name;

    /// <summary>Within a sentence: <c>face confidence</c>, <c>boundary SSIM</c>.</summary>
    public static string InSentence(string name) => !IsSnakeCase(name)
        ? name
        : string.Join(' ', name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(word => Acronyms.GetValueOrDefault(word, word)));

    private static bool IsSnakeCase(string name) =>
        name.Length > 0 && char.IsAsciiLetterLower(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
