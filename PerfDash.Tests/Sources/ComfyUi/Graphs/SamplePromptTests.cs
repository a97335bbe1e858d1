using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>What ten real prompts make, worked out by reading them: see Prompts/README.txt.</summary>
public sealed class SamplePromptTests
{
    [Theory]
    [InlineData("cog_flux_fp8_api", "9", 1, "720p", """
        {"seed":1119851866655636,"steps":20,"cfg":1,"guidance":3.5,"sampler":"euler","scheduler":"simple","denoise":1,
         "model":"flux1-dev-fp8.safetensors","width":1024,"height":1024}
        """)]
    [InlineData("cog_hiresfix_latent_workflow", "9,12", 2, "1080p", """
        {"seed":[89848141647836,469771404043268],"steps":[12,14],"cfg":8,"sampler":["dpmpp_sde","dpmpp_2m"],"scheduler":["normal","simple"],"denoise":[1,0.5],
         "model":"v2-1_768-ema-pruned.ckpt","width":1152,"height":1152}
        """)]
    [InlineData("cog_hunyuan_video_image_to_video_api", "75", 53, "720p", """
        {"seed":187330947843879,"steps":20,"guidance":6,"sampler":"euler","scheduler":"simple","denoise":1,
         "model":"hunyuan_video_image_to_video_720p_bf16.safetensors","vae":"hunyuan_video_vae_bf16.safetensors","width":720,"height":720,"length":57,"fps":24}
        """)]
    [InlineData("cog_mochi_api", "28,40", 37, "480p", """
        {"seed":828710630039845,"steps":30,"cfg":4.5,"sampler":"euler","scheduler":"simple","denoise":1,
         "model":"mochi_preview_bf16.safetensors","vae":"mochi_vae.safetensors","width":848,"height":480,"length":37,"fps":24}
        """)]
    [InlineData("cog_sd15_txt2img", "9", 1, "480p", """
        {"seed":156680208700286,"steps":20,"cfg":8,"sampler":"euler","scheduler":"normal","denoise":1,
         "model":"v1-5-pruned-emaonly.safetensors","width":512,"height":512}
        """)]
    [InlineData("cog_sdxl_simple_example", "19", 1, "720p", """
        {"seed":[721897303308196,0],"steps":25,"start_at_step":[0,20],"end_at_step":[20,10000],"cfg":8,"sampler":"euler","scheduler":"normal",
         "model":["sd_xl_base_1.0.safetensors","sd_xl_refiner_1.0.safetensors"],"width":1024,"height":1024}
        """)]
    [InlineData("cog_txt_to_image_to_video", "10,21", 25, "480p", """
        {"seed":[144698910769133,237514639057514],"steps":[15,20],"cfg":[8,2.5],"sampler":["uni_pc_bh2","euler"],"scheduler":["normal","karras"],"denoise":1,
         "model":["sd_xl_base_1.0.safetensors","svd_xt.safetensors"],"width":1024,"height":576,"length":25,"fps":10}
        """)]
    [InlineData("cog_wan_21_13b_t2v_api", "28", 33, "480p", """
        {"seed":878361741413693,"steps":30,"cfg":6,"sampler":"uni_pc","scheduler":"simple","denoise":1,
         "model":"wan2.1_t2v_1.3B_bf16.safetensors","vae":"wan_2.1_vae.safetensors","width":832,"height":480,"length":33,"fps":16}
        """)]
    [InlineData("salad_animatediff-small-video", "92", null, "480p", """
        {"seed":1234,"steps":20,"cfg":2,"sampler":"lcm","scheduler":"karras","denoise":1,
         "model":["AnimateLCM_sd15_t2v.ckpt","dreamshaper_8.safetensors"],"loras":["jump_V2.safetensors"],"vae":"vae-ft-mse-840000-ema-pruned.ckpt",
         "width":512,"height":512,"fps":20}
        """)]
    [InlineData("salad_ltxv_text_to_video", "41", 9, "480p", """
        {"seed":409419046825325,"steps":30,"cfg":3,"sampler":"euler","scheduler":"LTXVScheduler",
         "model":"ltx-video-2b-v0.9.1.safetensors","width":768,"height":512,"length":15,"fps":24}
        """)]
    public void A_real_prompt_says_what_it_makes_and_how(string name, string outputNodes, int? frames, string tier, string parameters)
    {
        var description = PromptDescription.From(SampleFiles.Prompt(name, outputNodes.Split(',')), null, "0.3.64");

        Assert.Equal(frames, description.FrameCount);
        Assert.Equal(tier, description.ResolutionTier);
        Assert.Equal(string.Concat(parameters.Split('\n').Select(line => line.Trim())), description.Parameters.ToJsonString());
    }

    [Theory]
    [InlineData("cog_sd15_txt2img", "9", "SaveImage · v1-5-pruned-emaonly · EmptyLatentImage")]
    [InlineData("cog_txt_to_image_to_video", "10,21", "SaveAnimatedWEBP · svd_xt · SVD_img2vid_Conditioning")]
    [InlineData("cog_sdxl_simple_example", "19", "SaveImage · sd_xl_refiner_1.0 · EmptyLatentImage")]
    [InlineData("cog_mochi_api", "40,28", "SaveAnimatedWEBP · mochi_preview_bf16 · EmptyMochiLatentVideo")]
    [InlineData("cog_hunyuan_video_image_to_video_api", "75", "SaveAnimatedWEBP · hunyuan_video_image_to_video_720p_bf16 · HunyuanImageToVideo")]
    [InlineData("salad_animatediff-small-video", "92", "VHS_VideoCombine · AnimateLCM_sd15_t2v + dreamshaper_8 · EmptyLatentImage")]
    public void A_workflow_is_named_by_its_output_models_and_the_node_it_begins_with(string name, string outputNodes, string expected) =>
        Assert.Equal(expected, PromptDescription.From(SampleFiles.Prompt(name, outputNodes.Split(',')), null, null).WorkflowName);

    [Theory]
    [InlineData("cog_hunyuan_video_image_to_video_api")]
    [InlineData("cog_mochi_api")]
    [InlineData("salad_animatediff-small-video")]
    public void Texts_of_prompts_are_in_no_part_of_the_description(string name)
    {
        var description = PromptDescription.From(SampleFiles.Prompt(name), null, null);
        foreach (var text in SampleFiles.Graph(name).Select(node => node.Value!["inputs"]!).SelectMany(inputs => new[] { inputs["text"], inputs["prompt"] }))
        {
            if (text?.ToString() is { Length: > 0 } written)
                Assert.DoesNotContain(written, description.Parameters.ToJsonString() + description.WorkflowName + description.WorkflowKey, StringComparison.Ordinal);
        }
    }
}
