using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>Frames and sizes that a graph alone tells.</summary>
public sealed class GraphPicturesTests
{
    private const string Decoded = """
        "1": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 512, "batch_size": 6}},
        "2": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "cfg": 3, "sampler_name": "euler", "scheduler": "simple", "denoise": 1, "latent_image": ["1", 0]}},
        "3": {"class_type": "VAEDecode", "inputs": {"samples": ["2", 0]}},
        """;

    [Theory]
    [InlineData("ImageFromBatch", """{"image": ["3", 0], "batch_index": 2, "length": 4096}""", 4, 640, 512)]
    [InlineData("ImageFromBatch", """{"image": ["3", 0], "batch_index": 1, "length": 3}""", 3, 640, 512)]
    [InlineData("ImageFromBatch", """{"image": ["3", 0], "batch_index": 99, "length": 3}""", 1, 640, 512)]
    [InlineData("ImageFromBatch", """{"image": ["3", 0], "batch_index": ["2", 0], "length": 3}""", null, 640, 512)]
    [InlineData("RepeatImageBatch", """{"image": ["3", 0], "amount": 3}""", 18, 640, 512)]
    [InlineData("RepeatImageBatch", """{"image": ["3", 0], "amount": 2147483647}""", null, 640, 512)]
    [InlineData("ImageBatch", """{"image1": ["3", 0], "image2": ["3", 0]}""", 12, 640, 512)]
    [InlineData("RIFE VFI", """{"frames": ["3", 0], "multiplier": 2}""", 11, 640, 512)]
    [InlineData("RIFE VFI", """{"frames": ["3", 0]}""", null, 640, 512)]
    [InlineData("FILM VFI", """{"frames": ["3", 0], "multiplier": 2}""", null, null, null)]
    [InlineData("ImageScale", """{"image": ["3", 0], "width": 1001, "height": 777}""", 6, 1001, 777)]
    [InlineData("ImageScale", """{"image": ["3", 0], "width": 1280, "height": 0}""", 6, 1280, 1024)]
    [InlineData("ImageScale", """{"image": ["3", 0], "width": 0, "height": 0}""", 6, 640, 512)]
    [InlineData("ImageScaleBy", """{"image": ["3", 0], "scale_by": 1.5}""", 6, 960, 768)]
    [InlineData("ImageScaleBy", """{"image": ["3", 0], "scale_by": 1e300}""", 6, null, null)]
    [InlineData("ImageInvert", """{"image": ["3", 0]}""", 6, 640, 512)]
    [InlineData("ImageResize+", """{"image": ["3", 0], "width": 64, "height": 64}""", 6, null, null)]
    [InlineData("SomethingNew", """{"image": ["3", 0], "width": 64, "height": 64}""", null, null, null)]
    [InlineData("ImageUpscaleWithModel", """{"image": ["3", 0], "upscale_model": ["7", 0]}""", 6, 2560, 2048)]
    [InlineData("ImageUpscaleWithModel", """{"image": ["3", 0], "upscale_model": ["8", 0]}""", 6, null, null)]
    public void A_node_changes_number_and_size_as_ComfyUI_does(string classType, string inputs, int? frames, int? width, int? height)
    {
        var description = Describe($$$"""
            {{{Decoded}}}
            "4": {"class_type": "{{{classType}}}", "inputs": {{{inputs}}}},
            "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}},
            "7": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "4x-UltraSharp.pth"}},
            "8": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "model.pth"}}
            """, "5");

        Assert.Equal(frames, description.FrameCount);
        Assert.Equal((width, height), ((int?)(long?)description.Parameters["width"], (int?)(long?)description.Parameters["height"]));
    }

    [Theory]
    [InlineData("4x-UltraSharp.pth", 4)]
    [InlineData("4x_foolhardy_Remacri.pth", 4)]
    [InlineData("4xNomos8kSC.pth", 4)]
    [InlineData("RealESRGAN_x4plus_anime_6B.pth", 4)]
    [InlineData("RealESRGAN_x2.pth", 2)]
    [InlineData("upscale/2xLexicaRRDBNet.pth", 2)]
    [InlineData("sd_1024x1024.pth", null)]
    [InlineData("2x_then_4x.pth", null)]
    [InlineData("ESRGAN.pth", null)]
    [InlineData("max4.pth", null)]
    public void The_factor_of_an_upscaler_is_read_from_its_name(string model, int? factor) => Assert.Equal(factor, ImageSizes.UpscaleOf(model));

    [Theory]
    [InlineData("LatentUpscale", """{"samples": ["2", 0], "width": 1152, "height": 1154}""", 1152, 1152)]
    [InlineData("LatentUpscaleBy", """{"samples": ["2", 0], "scale_by": 1.25}""", 800, 640)]
    public void A_latent_is_scaled_in_steps_of_eight_pixels(string classType, string inputs, int width, int height)
    {
        var description = Describe($$$"""
            {{{Decoded}}}
            "4": {"class_type": "{{{classType}}}", "inputs": {{{inputs}}}},
            "5": {"class_type": "VAEDecode", "inputs": {"samples": ["4", 0]}},
            "6": {"class_type": "SaveImage", "inputs": {"images": ["5", 0]}}
            """, "6");
        Assert.Equal((width, height), ((int)(long)description.Parameters["width"]!, (int)(long)description.Parameters["height"]!));
    }

    [Theory]
    [InlineData("EmptyHunyuanLatentVideo", """{"width": 832, "height": 480, "length": 34, "batch_size": 1}""", 33)]
    [InlineData("WanImageToVideo", """{"width": 832, "height": 480, "length": 81, "batch_size": 2}""", 162)]
    [InlineData("EmptyLTXVLatentVideo", """{"width": 832, "height": 480, "length": 97, "batch_size": 1}""", 97)]
    [InlineData("EmptyCosmosLatentVideo", """{"width": 832, "height": 480, "length": 120, "batch_size": 1}""", 113)]
    [InlineData("EmptyMochiLatentVideo", """{"width": 832, "height": 480, "length": 36, "batch_size": 1}""", 31)]
    [InlineData("EmptyMochiLatentVideo", """{"width": 832, "height": 480, "length": 0, "batch_size": 1}""", null)]
    [InlineData("WanVaceToVideo", """{"width": 832, "height": 480, "length": 49, "batch_size": 1, "reference_image": ["9", 0]}""", null)]
    [InlineData("EmptyHunyuanLatentVideo", """{"width": 832, "height": 480, "length": ["10", 0], "batch_size": 1}""", 13)]
    [InlineData("EmptyHunyuanLatentVideo", """{"width": 832, "height": 480, "length": ["9", 1], "batch_size": 1}""", null)]
    [InlineData("EmptyHunyuanLatentVideo", """{"width": 832, "height": 480, "length": "33", "batch_size": 1}""", null)]
    [InlineData("EmptyHunyuanLatentVideo", """{"width": 832, "height": 480, "length": 2147483647, "batch_size": 4096}""", null)]
    public void A_video_has_the_frames_that_its_latents_decode_to(string classType, string inputs, int? frames)
    {
        var description = Describe($$$"""
            "1": {"class_type": "{{{classType}}}", "inputs": {{{inputs}}}},
            "2": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0]}},
            "3": {"class_type": "CreateVideo", "inputs": {"images": ["2", 0], "fps": 16}},
            "4": {"class_type": "SaveVideo", "inputs": {"video": ["3", 0], "filename_prefix": "x"}},
            "9": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
            "10": {"class_type": "INTConstant", "inputs": {"value": 13}}
            """, "4");
        Assert.Equal(frames, description.FrameCount);
        Assert.Equal(16, (long)description.Parameters["fps"]!);
        Assert.Equal("480p", description.ResolutionTier);
    }

    [Fact]
    public void Latents_of_references_are_cut_off_again()
    {
        var description = Describe("""
            "1": {"class_type": "WanVaceToVideo", "inputs": {"width": 832, "height": 480, "length": 49, "batch_size": 1, "reference_image": ["9", 0]}},
            "2": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "sampler_name": "euler", "latent_image": ["1", 2]}},
            "3": {"class_type": "TrimVideoLatent", "inputs": {"samples": ["2", 0], "trim_amount": ["1", 3]}},
            "4": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0]}},
            "5": {"class_type": "SaveWEBM", "inputs": {"images": ["4", 0], "fps": 24}},
            "9": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}
            """, "5");
        Assert.Equal(49, description.FrameCount);
    }

    [Fact]
    public void Still_images_beside_a_video_do_not_count_and_back_and_forth_does()
    {
        var description = Describe($$$"""
            {{{Decoded}}}
            "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
            "5": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["3", 0], "frame_rate": 8, "pingpong": true, "save_output": true}}
            """, "4", "5");
        Assert.Equal(10, description.FrameCount);
    }

    [Fact]
    public void Still_images_of_two_decodes_add_up_and_two_savers_of_one_do_not()
    {
        var description = Describe($$$"""
            {{{Decoded}}}
            "4": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0]}},
            "5": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
            "6": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}},
            "7": {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}}
            """, "5", "6", "7");
        Assert.Equal(12, description.FrameCount);
    }

    [Fact]
    public void A_preview_counts_only_where_nothing_is_saved()
    {
        const string Previews = """
            "4": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
            "5": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["9", 0], "frame_rate": 8, "save_output": false}}
            """;
        Assert.Equal(6, Describe($"{Decoded} {Previews}", "4").FrameCount);
        Assert.Equal(1, Describe($$$"""
            {{{Decoded}}} {{{Previews}}},
            "6": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
            "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}}
            """, "4", "5", "7").FrameCount);
    }

    [Fact]
    public void Settings_of_separate_nodes_are_followed()
    {
        var parameters = Describe("""
            "1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0], "sigmas": ["5", 0], "latent_image": ["9", 0]}},
            "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 18446744073709551615}},
            "3": {"class_type": "CFGGuider", "inputs": {"cfg": 3.5, "model": ["7", 0]}},
            "4": {"class_type": "SamplerEulerAncestral", "inputs": {"eta": 1}},
            "5": {"class_type": "SplitSigmas", "inputs": {"sigmas": ["6", 0], "step": 4}},
            "6": {"class_type": "BasicScheduler", "inputs": {"scheduler": "beta", "steps": 12, "denoise": 0.8}},
            "7": {"class_type": "Power Lora Loader (rgthree)", "inputs": {"lora_1": {"on": true, "lora": "a.safetensors", "strength": 1}, "lora_2": {"on": false, "lora": "b.safetensors"}, "model": ["8", 0]}},
            "8": {"class_type": "UNETLoader", "inputs": {"unet_name": "folder/model.gguf"}},
            "10": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}
            """, "10").Parameters;
        Assert.Equal(
            """{"seed":18446744073709551615,"steps":12,"cfg":3.5,"sampler":"SamplerEulerAncestral","scheduler":"beta","denoise":0.8,"model":"folder/model.gguf","loras":["a.safetensors"]}""",
            parameters.ToJsonString());
    }

    private static PromptDescription Describe(string nodes, params string[] outputNodes) =>
        PromptDescription.From(SampleFiles.Submitted($"{{{nodes}}}", outputNodes), null, null);
}
