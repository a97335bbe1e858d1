using PerfDash.Core.Sources.ComfyUi.Prompts;

namespace PerfDash.Tests.Sources.ComfyUi.Graphs;

/// <summary>Files in history, and what they say of frames and size.</summary>
public sealed class OutputFileTests
{
    [Fact]
    public void Every_shape_of_output_is_read()
    {
        var files = OutputFile.ParseAll(SampleFiles.Parse(SampleFiles.Text("Composed/output_shapes.json")));

        Assert.Equal(
            [
                new OutputFile("SaveImage", "ComfyUI_00001_.png", "", "output", OutputKind.Image, null, null, null, null, null),
                new OutputFile("SaveAnimatedWEBP", "ComfyUI_00001_.webp", "", "output", OutputKind.Video, null, null, null, null, null),
                new OutputFile("SaveVideo", "ComfyUI_00001_.mp4", "video", "output", OutputKind.Video, null, null, null, null, null),
                new OutputFile("SaveVideo_newer", "ComfyUI_00001_.mp4", "video", "output", OutputKind.Video, 1280, 720, 96, 24, 4),
                new OutputFile("VHS_VideoCombine", "AnimateDiff_00001.mp4", "", "output", OutputKind.Video, null, null, null, 16, null),
                new OutputFile("SaveAudio", "ComfyUI_00001_.flac", "audio", "output", OutputKind.Audio, null, null, null, null, null),
            ],
            files);
    }

    [Theory]
    [InlineData("""{"images": [{"filename": "a.png", "type": "temp"}, {"filename": "b.png", "type": "input"}, {"filename": ""}, {}, 4, "c.png"]}""")]
    [InlineData("""{"text": ["a.png"], "images": {"filename": "a.png"}}""")]
    [InlineData("[]")]
    public void What_is_no_file_or_not_kept_is_left_out(string output) => Assert.Empty(OutputFile.ParseAll(SampleFiles.Parse($$$"""{"1": {{{output}}}}""")));

    [Fact]
    public void What_the_server_says_of_the_video_comes_before_the_graph()
    {
        var prompt = SampleFiles.Prompt("cog_wan_21_13b_t2v_api", "28");
        var description = PromptDescription.From(prompt, [File("28", OutputKind.Video, 1280, 720, 96, 30)], null);

        Assert.Equal(96, description.FrameCount);
        Assert.Equal("720p", description.ResolutionTier);
        Assert.Equal((1280, 720, 30), ((int)(long)description.Parameters["width"]!, (int)(long)description.Parameters["height"]!, (int)(long)description.Parameters["fps"]!));
        Assert.Equal(33, (long)description.Parameters["length"]!);
    }

    [Fact]
    public void Still_images_are_counted_where_the_graph_does_not_know()
    {
        var prompt = SampleFiles.Submitted("""{"1": {"class_type": "Unknown", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}""", "2");
        Assert.Equal(4, PromptDescription.From(prompt, [.. Enumerable.Repeat(File("2", OutputKind.Image), 4)], null).FrameCount);
        Assert.Null(PromptDescription.From(prompt, [], null).FrameCount);
    }

    [Fact]
    public void The_same_images_saved_by_two_nodes_count_once()
    {
        var prompt = SampleFiles.Submitted("""
            {"1": {"class_type": "Unknown", "inputs": {}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}, "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}
            """, "2", "3");
        Assert.Equal(2, PromptDescription.From(prompt, [File("2", OutputKind.Image), File("2", OutputKind.Image), File("3", OutputKind.Image), File("3", OutputKind.Image)], null).FrameCount);
    }

    [Fact]
    public void A_still_image_on_the_way_does_not_stand_for_a_video_that_was_cached()
    {
        var graph = SampleFiles.Graph("cog_txt_to_image_to_video");
        graph["21"]!["class_type"] = "SaveImage";
        var prompt = SampleFiles.Submitted(graph.ToJsonString(), "10", "21");
        Assert.Equal(25, PromptDescription.From(prompt, [File("21", OutputKind.Image)], null).FrameCount);
    }

    [Theory]
    [InlineData(3840, 2160, "4k")]
    [InlineData(2160, 3840, "4k")]
    [InlineData(2159, 9999, "1440p")]
    [InlineData(1440, 1440, "1440p")]
    [InlineData(1439, 2560, "1080p")]
    [InlineData(1920, 1080, "1080p")]
    [InlineData(1920, 1079, "720p")]
    [InlineData(1280, 720, "720p")]
    [InlineData(1280, 719, "480p")]
    [InlineData(854, 480, "480p")]
    [InlineData(854, 479, "sd")]
    public void The_shorter_side_decides_the_tier(int width, int height, string tier) => Assert.Equal(tier, ResolutionTiers.From(width, height));

    private static OutputFile File(string node, OutputKind kind, int? width = null, int? height = null, int? frames = null, double? fps = null) =>
        new(node, "file", "", "output", kind, width, height, frames, fps, null);
}
