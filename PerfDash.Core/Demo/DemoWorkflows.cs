namespace PerfDash.Core.Demo;

/// <summary>The table of the demo farm's workflows.</summary>
internal static class DemoWorkflows
{
    private static readonly DemoStageShare[] TextToImage =
        [new("encode_prompt", 0.03), new("sample", 0.84), new("decode", 0.09), new("save_images", 0.04)];

    private static readonly DemoStageShare[] Inpaint =
        [new("encode_prompt", 0.03), new("encode_mask", 0.05), new("sample", 0.76), new("decode", 0.09), new("blend_edges", 0.07)];

    private static readonly DemoStageShare[] FaceToImage =
        [new("analyze_face", 0.06), new("encode_prompt", 0.03), new("sample", 0.78), new("decode", 0.09), new("save_images", 0.04)];

    private static readonly DemoStageShare[] TextToVideo =
        [new("encode_prompt", 0.02), new("sample", 0.80), new("decode", 0.13), new("encode_video", 0.05)];

    private static readonly DemoStageShare[] ImageToVideo =
        [new("encode_prompt", 0.02), new("encode_image", 0.03), new("sample", 0.77), new("decode", 0.13), new("encode_video", 0.05)];

    private static readonly DemoStageShare[] Upscale =
        [new("decode_video", 0.05), new("upscale", 0.83), new("encode_video", 0.12)];

    private static readonly DemoStageShare[] FaceRestore =
        [new("detect_faces", 0.18), new("restore_faces", 0.66), new("blend_edges", 0.16)];

    private static readonly double[] Stills = [0, 0.20, 0.72, 0.08];
    private static readonly double[] Clips = [0.22, 0.58, 0.20, 0];

    // Columns: weight; frame ms, VRAM and model load at 1080p on a card of speed 1; steps and cfg; scores as
    // likeness, face confidence, motion quality, boundary SSIM.
    public static DemoWorkflow[] Create() =>
    [
        Create(0, "SDXL portrait", 12, "sd_xl_base_1.0.safetensors", "dpmpp_2m", "karras", 30, 7, [4, 8, 16], 6_500, 9_800, 8_000, Stills, TextToImage, new(0.86, 0.91)),
        Create(1, "SDXL product shot", 7, "juggernautXL_v9.safetensors", "dpmpp_2m_sde", "karras", 28, 6, [4, 8], 7_200, 10_400, 8_200, Stills, TextToImage, new(0.84)),
        Create(2, "FLUX.1 dev fp8 character", 10, "flux1-dev-fp8.safetensors", "euler", "simple", 30, 3.5, [2, 4, 8], 17_500, 17_200, 19_000, Stills, TextToImage, new(0.92, 0.94)),
        Create(3, "FLUX.1 schnell drafts", 9, "flux1-schnell-fp8.safetensors", "euler", "simple", 4, 1, [4, 8], 3_400, 16_800, 18_500, [0.10, 0.50, 0.40, 0], TextToImage, new(0.78, 0.85)),
        Create(4, "FLUX.1 Fill inpaint", 4, "flux1-fill-dev-fp8.safetensors", "euler", "normal", 24, 30, [2, 4], 15_500, 18_100, 19_500, Stills, Inpaint, new(0.88, BoundarySsim: 0.95)),
        Create(5, "SD 3.5 Large concept art", 4, "sd3.5_large_fp8_scaled.safetensors", "dpmpp_2m", "sgm_uniform", 28, 4.5, [2, 4], 20_500, 18_900, 21_000, Stills, TextToImage, new(0.80)),
        Create(6, "SDXL inpaint", 5, "sd_xl_inpainting_0.1.safetensors", "dpmpp_2m", "karras", 25, 7, [4, 8], 5_300, 9_900, 8_000, Stills, Inpaint, new(0.83, BoundarySsim: 0.93)),
        Create(7, "Qwen-Image poster", 2, "qwen_image_fp8_e4m3fn.safetensors", "res_multistep", "simple", 20, 2.5, [2, 4], 31_000, 21_800, 30_000, [0, 0.30, 0.70, 0], TextToImage, new(0.85)),
        Create(8, "IP-Adapter FaceID character sheet", 4, "realvisxl_v5.safetensors", "dpmpp_2m", "karras", 30, 5, [6, 9], 8_200, 13_600, 9_500, Stills, FaceToImage, new(0.89, 0.95)),
        Create(9, "FLUX.1 Kontext edit", 3, "flux1-kontext-dev-fp8.safetensors", "euler", "simple", 20, 2.5, [2, 4], 19_000, 18_400, 19_500, Stills, Inpaint, new(0.90, 0.92, BoundarySsim: 0.94)),
        Create(10, "Wan 2.1 T2V 14B", 9, "wan2.1_t2v_14B_fp8.safetensors", "uni_pc", "simple", 30, 6, [65, 81], 19_500, 21_900, 34_000, Clips, TextToVideo, new(0.82, 0.84, 0.81)),
        Create(11, "Wan 2.1 I2V 14B", 10, "wan2.1_i2v_720p_14B_fp8.safetensors", "uni_pc", "simple", 25, 5.5, [65, 81], 18_800, 22_300, 35_000, Clips, ImageToVideo, new(0.88, 0.87, 0.83)),
        Create(12, "Wan 2.1 T2V 1.3B preview", 6, "wan2.1_t2v_1.3B_fp16.safetensors", "uni_pc", "simple", 20, 6, [33, 81], 3_900, 11_400, 7_000, [0.85, 0.15, 0, 0], TextToVideo, new(0.70, 0.72, 0.69)),
        Create(13, "HunyuanVideo T2V", 5, "hunyuan_video_t2v_720p_fp8.safetensors", "euler", "simple", 30, 6, [61, 97], 17_000, 22_400, 38_000, Clips, TextToVideo, new(0.81, 0.83, 0.85)),
        Create(14, "HunyuanVideo I2V bf16", 5, "hunyuan_video_i2v_720p_bf16.safetensors", "euler", "simple", 30, 6, [61, 97], 18_500, 43_500, 52_000, [0.25, 0.60, 0.15, 0], ImageToVideo, new(0.87, 0.88, 0.87)) with { FailureShare = 0.06 },
        Create(15, "LTXV 13B distilled", 6, "ltxv-13b-0.9.7-distilled-fp8.safetensors", "euler", "ltxv", 8, 1, [65, 97, 121], 1_500, 19_700, 24_000, [0.20, 0.55, 0.25, 0], TextToVideo, new(0.76, 0.79, 0.77)),
        Create(16, "AnimateDiff loop", 4, "mm_sdxl_v10_beta.ckpt", "euler", "linear", 20, 7.5, [16, 32], 2_600, 14_800, 9_000, [0.35, 0.55, 0.10, 0], TextToVideo, new(0.74, 0.77, 0.72)),
        Create(17, "CogVideoX 5B I2V", 3, "cogvideox_5b_i2v_bf16.safetensors", "dpmpp_2m", "sgm_uniform", 40, 6, [25, 49], 10_500, 20_900, 22_000, Clips, ImageToVideo, new(0.83, 0.82, 0.78)),
        Create(18, "4x UltraSharp video upscale", 5, "4x-UltraSharp.pth", "none", "none", 1, 1, [49, 81, 121], 760, 11_200, 1_500, [0, 0, 0.55, 0.45], Upscale, new(MotionQuality: 0.90, BoundarySsim: 0.96)),
        Create(19, "CodeFormer face restore", 6, "codeformer-v0.1.0.pth", "none", "none", 1, 1, [4, 8, 16], 900, 5_600, 1_800, [0, 0.20, 0.60, 0.20], FaceRestore, new(0.85, 0.96, BoundarySsim: 0.94)),
    ];

    private static DemoWorkflow Create(
        int index, string name, double weight, string model, string sampler, string scheduler, int steps, double cfg,
        int[] frameCounts, double frameMs, int vramMb, int coldLoadMs, double[] tierWeights, DemoStageShare[] stages, DemoScores scores) =>
        new()
        {
            Index = index,
            Name = name,
            Weight = weight,
            Model = model,
            Sampler = sampler,
            Scheduler = scheduler,
            Steps = steps,
            Cfg = cfg,
            FrameCounts = frameCounts,
            FrameMs = frameMs,
            VramMb = vramMb,
            ColdLoadMs = coldLoadMs,
            TierWeights = tierWeights,
            Stages = stages,
            Scores = scores,
        };
}
