using PerfDash.Core.Metrics;

namespace PerfDash.Tests.Metrics;

public sealed class DisplayNameTests
{
    [Theory]
    [InlineData("face_confidence", "Face confidence", "face confidence")]
    [InlineData("boundary_ssim", "Boundary SSIM", "boundary SSIM")]
    [InlineData("likeness", "Likeness", "likeness")]
    [InlineData("cfg", "CFG", "CFG")]
    [InlineData("load_model_2", "Load model 2", "load model 2")]
    [InlineData("__", "__", "__")]
    [InlineData("", "", "")]
    [InlineData("CFG Scale", "CFG Scale", "CFG Scale")]
    [InlineData("cfgScale", "cfgScale", "cfgScale")]
    [InlineData("1080p", "1080p", "1080p")]
    [InlineData("größe_x", "größe_x", "größe_x")]
    [InlineData("<b>bold</b>", "<b>bold</b>", "<b>bold</b>")]
    public void Snake_case_names_become_words_and_other_names_stay(string name, string label, string inSentence)
    {
        Assert.Equal(label, DisplayName.From(name));
        Assert.Equal(inSentence, DisplayName.InSentence(name));
    }
}
