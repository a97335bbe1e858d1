using PerfDash.Core;

namespace PerfDash.Tests.Hosting;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["from", "to", "--demo", "--urls", "--jobs", "frame_count", "Database", "Collection", "bucket"];

    [Theory]
    [InlineData("form", "from")]
    [InlineData("--dmeo", "--demo")]
    [InlineData("--jbos", "--jobs")]
    [InlineData("--url", "--urls")]
    [InlineData("frame_cuont", "frame_count")]
    [InlineData("framecount", "frame_count")]
    [InlineData("Databse", "Database")]
    [InlineData("COLECTION", "Collection")]
    public void A_slip_finds_the_name_that_was_meant(string written, string meant) => Assert.Equal(meant, NearestName.Find(written, Names));

    [Theory]
    [InlineData("--port")]
    [InlineData("rollups")]
    [InlineData("x")]
    [InlineData("")]
    public void A_word_of_its_own_is_no_slip(string written) => Assert.Null(NearestName.Find(written, Names));

    [Fact]
    public void A_swap_of_neighbours_counts_once() => Assert.Equal((1, 2, 3), (NearestName.Distance("ab", "ba"), NearestName.Distance("abcd", "badc"), NearestName.Distance("", "abc")));
}
