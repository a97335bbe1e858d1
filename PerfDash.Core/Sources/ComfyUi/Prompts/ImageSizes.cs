using System.Globalization;
using System.Text.RegularExpressions;

namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>What scaling does to the size of pictures.</summary>
internal static partial class ImageSizes
{
    private const int MaxSide = 1_000_000;

    // The server's least size of a scaled latent, in pixels, where it works a side out itself.
    private const int LeastLatentSide = 64;

    /// <summary>To a size in pixels. A side of 0 follows from the other one, two of them keep the size.</summary>
    /// <param name="grid">Pixels that one latent stands for, 1 for images.</param>
    public static ImageShape Scaled(ImageShape images, int? width, int? height, int grid)
    {
        if (width == 0 && height == 0)
            return images;
        var least = grid == 1 ? 1 : LeastLatentSide;
        if (width == 0)
            width = Proportional(images.Width, height, images.Height, least);
        else if (height == 0)
            height = Proportional(images.Height, width, images.Width, least);
        return images with { Width = OnGrid(width, grid), Height = OnGrid(height, grid) };
    }

    /// <summary>By a factor; a size that is not known stays so.</summary>
    public static ImageShape Scaled(ImageShape images, double? factor, int grid) =>
        images with { Width = Times(images.Width, factor, grid), Height = Times(images.Height, factor, grid) };

    /// <summary>The factor that a model's file is named after, as <c>4x-UltraSharp.pth</c> or <c>RealESRGAN_x2plus.pth</c>; null where the name has none or several.</summary>
    public static double? UpscaleOf(string model)
    {
        string[] factors = [.. Factor().Matches(model).Select(match => match.Groups["factor"].Value).Distinct(StringComparer.Ordinal)];
        return factors.Length == 1 ? double.Parse(factors[0], CultureInfo.InvariantCulture) : null;
    }

    private static int? Proportional(int? side, int? otherNew, int? other, int least) =>
        side is { } one && otherNew is { } wanted && other is > 0 ? Side(Math.Max(least, Math.Round((double)one * wanted / other.Value))) : null;

    private static int? OnGrid(int? side, int grid) => side is { } pixels ? Side(pixels - (pixels % grid)) : null;

    private static int? Times(int? side, double? factor, int grid) => side is { } pixels && factor is { } by ? Side(Math.Round(pixels / grid * by) * grid) : null;

    private static int? Side(double pixels) => pixels is >= 1 and <= MaxSide ? (int)pixels : null;

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?<factor>[1-8])x(?!\d)|(?<![A-Za-z0-9])x(?<factor>[1-8])(?=plus|[^A-Za-z0-9]|$)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Factor();
}
