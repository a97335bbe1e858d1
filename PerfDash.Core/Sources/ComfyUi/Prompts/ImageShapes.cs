namespace PerfDash.Core.Sources.ComfyUi.Prompts;

/// <summary>
/// Follows pictures through a graph, from the node that begins them to those that save them: how many there are and how large.
/// What a node does that is not known here is not guessed.
/// </summary>
internal sealed class ImageShapes
{
    // Inputs by which pictures come in, the more telling ones first.
    private static readonly string[] PictureInputs = ["images", "image", "video", "frames", "samples", "pixels", "latent_image", "latent", "image_embeds"];

    private static readonly string[] LatentInputs = ["latent_image", "latent", "samples", "image_embeds"];

    // Nodes that hand on as many pictures of the same size as they are given, and the input they come by.
    private static readonly Dictionary<string, string> Unchanged = new(StringComparer.Ordinal)
    {
        ["VAEEncode"] = "pixels",
        ["VAEEncodeTiled"] = "pixels",
        ["VAEEncodeForInpaint"] = "pixels",
        ["SetLatentNoiseMask"] = "samples",
        ["LatentBlend"] = "samples1",
        ["LatentComposite"] = "samples_to",
        ["ImageInvert"] = "image",
        ["ImageSharpen"] = "image",
        ["ImageBlur"] = "image",
        ["ImageQuantize"] = "image",
        ["ImageFlip"] = "image",
        ["ImageAddNoise"] = "image",
        ["ImageBlend"] = "image1",
        ["ImageCompositeMasked"] = "destination",
        ["ColorMatch"] = "image_target",
        ["FaceDetailer"] = "image",
        ["VRAM_Debug"] = "image_pass",
        ["easy cleanGpuUsed"] = "anything",
        ["easy clearCacheAll"] = "anything",
        ["CreateVideo"] = "images",
    };

    private readonly PromptGraph _graph;
    private readonly Dictionary<string, ImageShape> _shapes = new(StringComparer.Ordinal);

    private ImageShapes(PromptGraph graph) => _graph = graph;

    /// <summary>Follows the pictures of a graph whose nodes are given in the order in which they can run.</summary>
    public static ImageShapes From(PromptGraph graph, IReadOnlyList<PromptNode> order)
    {
        var shapes = new ImageShapes(graph);
        foreach (var node in order)
            shapes._shapes[node.Id] = shapes.Evaluate(node);
        return shapes;
    }

    /// <summary>The pictures that come in by one of the usual inputs of a node; null where it has no such link.</summary>
    public ImageShape? Into(PromptNode node) => PictureInputs.Select(input => In(node, input)).FirstOrDefault(shape => shape is not null);

    private ImageShape Evaluate(PromptNode node)
    {
        if (LatentNodes.Shape(_graph, node) is { } begun)
            return begun;
        if (Unchanged.TryGetValue(node.ClassType, out var input))
            return In(node, input) ?? Unknown(node);
        if (SamplerSettings.IsSampler(node))
            return LatentInputs.Select(latent => In(node, latent)).FirstOrDefault(shape => shape is not null) is { } sampled
                ? sampled with { Sampler = node, Source = node.Id }
                : Unknown(node) with { Sampler = node };
        if (PromptGraph.IsReroute(node) && node.Links.Count == 1)
            return In(node, node.Links[0].Input) ?? Unknown(node);
        return Changed(node) ?? Unknown(node);
    }

    private ImageShape? Changed(PromptNode node) => node.ClassType switch
    {
        "VAEDecode" or "VAEDecodeTiled" or "WanVideoDecode" => In(node, "samples") is { } latents ? latents with { Source = node.Id, IsTemporal = false } : null,
        "ImageScale" => In(node, "image") is { } images ? ImageSizes.Scaled(images, Count(node, "width"), Count(node, "height"), 1) : null,
        "LatentUpscale" => In(node, "samples") is { } latents ? ImageSizes.Scaled(latents, Count(node, "width"), Count(node, "height"), 8) : null,
        "ImageScaleBy" => In(node, "image") is { } images ? ImageSizes.Scaled(images, Real(node, "scale_by"), 1) : null,
        "LatentUpscaleBy" => In(node, "samples") is { } latents ? ImageSizes.Scaled(latents, Real(node, "scale_by"), 8) : null,
        "ImageUpscaleWithModel" => In(node, "image") is { } images ? ImageSizes.Scaled(images, UpscaleOf(node), 1) : null,
        "ImageScaleToTotalPixels" or "ImageScaleToMaxDimension" or "ImageResize+" or "ImageResizeKJ" or "ImageResizeKJv2" or "ImageCrop" or "ImagePadForOutpaint" =>
            In(node, "image") is { } images ? images with { Width = null, Height = null } : null,
        "ImageFromBatch" => In(node, "image") is { } images ? Part(images, node) : null,
        "LatentFromBatch" => In(node, "samples") is { } latents ? Part(latents, node) with { IsTemporal = latents.IsTemporal } : null,
        "RepeatImageBatch" => In(node, "image") is { } images ? Times(images, Count(node, "amount")) : null,
        "RepeatLatentBatch" => In(node, "samples") is { } latents ? Times(latents, Count(node, "amount")) : null,
        "ImageBatch" => Joined(node, "image1", "image2"),
        "LatentBatch" => Joined(node, "samples1", "samples2"),
        "TrimVideoLatent" => In(node, "samples") is { } latents ? Trimmed(latents, node) : null,
        "RIFE VFI" => In(node, "frames") is { } frames ? Interpolated(frames, node) : null,
        _ => null,
    };

    /// <summary>As many as there are from the index on, at most the length; the server takes the last picture where the index is beyond it.</summary>
    private ImageShape Part(ImageShape whole, PromptNode node)
    {
        var frames = whole is { Frames: { } all, IsTemporal: false } && Count(node, "batch_index") is { } from && Count(node, "length") is { } length
            ? Math.Min(all - Math.Min(all - 1, from), length)
            : (int?)null;
        return whole with { Frames = ImageShape.FramesFrom(frames) };
    }

    private ImageShape Joined(PromptNode node, string first, string second) =>
        In(node, first) is { } one && In(node, second) is { } other
            ? one with { Frames = ImageShape.FramesFrom((double?)one.Frames + other.Frames), Source = node.Id }
            : Unknown(node);

    /// <summary>Takes away the latents of references: a number, or what the node that put them there says.</summary>
    private ImageShape Trimmed(ImageShape latents, PromptNode node)
    {
        if (_graph.Linked(node, "trim_amount") is { } reference && reference == latents.Latent)
            return latents with { Frames = LatentNodes.Frames(_graph, reference) };
        return Count(node, "trim_amount") == 0 ? latents : latents with { Frames = null };
    }

    private ImageShape Interpolated(ImageShape frames, PromptNode node)
    {
        var known = node.Link("optional_interpolation_states") is null && Count(node, "multiplier") is > 0;
        return frames with { Frames = known ? ImageShape.FramesFrom(((double?)(frames.Frames - 1) * Count(node, "multiplier")) + 1) : null };
    }

    private static ImageShape Times(ImageShape one, int? amount) => one with { Frames = ImageShape.FramesFrom((double?)one.Frames * amount) };

    private double? UpscaleOf(PromptNode node) =>
        _graph.Linked(node, "upscale_model") is { } loader && _graph.Value(loader, "model_name")?.Name() is { } model ? ImageSizes.UpscaleOf(model) : null;

    private ImageShape? In(PromptNode node, string input) => node.Link(input) is { } link ? _shapes.GetValueOrDefault(link.NodeId) : null;

    private int? Count(PromptNode node, string input) => _graph.Value(node, input)?.Count();

    private double? Real(PromptNode node, string input) => _graph.Value(node, input)?.Real();

    private ImageShape Unknown(PromptNode node)
    {
        var before = Into(node);
        return new ImageShape { Source = node.Id, Sampler = before?.Sampler, Latent = before?.Latent };
    }
}
