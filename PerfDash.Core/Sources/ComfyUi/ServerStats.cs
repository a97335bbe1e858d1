using System.Text.Json;

namespace PerfDash.Core.Sources.ComfyUi;

/// <summary>What <c>GET /system_stats</c> tells.</summary>
/// <param name="Version">Version of ComfyUI; null where it does not say.</param>
/// <param name="PytorchVersion">Version of PyTorch, with that of CUDA or ROCm; null where it does not say.</param>
/// <param name="GpuModel">Of the first card; null where the machine has none.</param>
/// <param name="VramTotalMb">Memory of the card, MB; null where there is none.</param>
/// <param name="VramUsedMb">In use on the fullest card, by whatever program, MB; null where there is none.</param>
internal sealed record ServerStats(string? Version, string? PytorchVersion, string? GpuModel, int? VramTotalMb, int? VramUsedMb)
{
    // The others tell the machine's memory (cpu, mps) or a constant (DirectML).
    private static readonly string[] CardTypes = ["cuda", "xpu", "npu", "mlu"];

    /// <summary>Reads the answer; null where it is not that of a ComfyUI server.</summary>
    public static ServerStats? Parse(JsonElement stats)
    {
        if (stats.Field("system") is not { ValueKind: JsonValueKind.Object } system)
            return null;
        JsonElement[] cards = [.. (stats.Field("devices") ?? default).Items().Where(device => CardTypes.Contains(device.Field("type")?.Text()))];
        var used = cards.Select(card => Megabytes(card.Field("vram_total")?.Real() - card.Field("vram_free")?.Real())).Max();
        return new ServerStats(
            system.Field("comfyui_version")?.Name(),
            system.Field("pytorch_version")?.Name(),
            cards.Length == 0 ? null : ModelOf(cards[0].Field("name")?.Name()),
            cards.Length == 0 ? null : Megabytes(cards[0].Field("vram_total")?.Real()),
            used);
    }

    // "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync"
    private static string? ModelOf(string? name)
    {
        if (name is null)
            return null;
        var end = name.IndexOf(" : ", StringComparison.Ordinal);
        if (end > 0)
            name = name[..end];
        var start = name.IndexOf(' ', StringComparison.Ordinal);
        return start > 0 && name[..start].Contains(':', StringComparison.Ordinal) ? name[(start + 1)..].Trim() : name.Trim();
    }

    private static int? Megabytes(double? bytes) => bytes is >= 0 and < 1e15 ? (int)Math.Round(bytes.Value / (1024 * 1024)) : null;
}
