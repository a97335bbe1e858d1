using System.Text;
using System.Text.Json;
using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

public class LenientJsonTests
{
    [Theory]
    [InlineData("[NaN,NaN, Infinity,-Infinity]", "[null,null,null,null]")]
    [InlineData("""{"a":NaN,"b":[-Infinity],"c":Infinity}""", """{"a":null,"b":[null],"c":null}""")]
    [InlineData("""{"NaN":"Infinity","a":"say \"NaN\" \\","b":NaN}""", """{"NaN":"Infinity","a":"say \"NaN\" \\","b":null}""")]
    [InlineData("""{"a":"NaN,-Infinity","b":"\\","c":"\\\"NaN"}""", """{"a":"NaN,-Infinity","b":"\\","c":"\\\"NaN"}""")]
    [InlineData("[18446744073709551615,-0.5e-3]", "[18446744073709551615,-0.5e-3]")]
    [InlineData("NaN", "null")]
    [InlineData("\uFEFF[]", "[]")]
    public void Bare_words_become_null_and_strings_stay(string python, string json)
    {
        using var document = LenientJson.Parse(Encoding.UTF8.GetBytes(python));

        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), document.RootElement), document.RootElement.GetRawText());
    }

    [Fact]
    public void The_largest_seed_survives()
    {
        using var document = LenientJson.Parse("""{"seed": 18446744073709551615}"""u8.ToArray());

        Assert.Equal(ulong.MaxValue, document.RootElement.GetProperty("seed").GetUInt64());
    }

    [Theory]
    [InlineData("""["\ud83d\ude00"]""", "😀")]
    [InlineData("""["a\udcffb"]""", "a\uFFFDb")]
    [InlineData("""["\ud83dx"]""", "\uFFFDx")]
    [InlineData("""["\ud83d\ud83d\ude00"]""", "\uFFFD😀")]
    [InlineData("""["\\udcff"]""", "\\udcff")]
    public void Half_a_surrogate_pair_can_be_read(string python, string expected)
    {
        using var document = LenientJson.Parse(Encoding.UTF8.GetBytes(python));

        Assert.Equal(expected, document.RootElement[0].GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("\"open")]
    [InlineData("\"open\\")]
    [InlineData("[1NaN]")]
    [InlineData("[NaNa]")]
    [InlineData("[Nothing]")]
    [InlineData("[--Infinity]")]
    [InlineData("<html></html>")]
    public void What_is_no_json_is_refused(string text) =>
        Assert.ThrowsAny<JsonException>(() => LenientJson.Parse(Encoding.UTF8.GetBytes(text)).Dispose());

    [Fact]
    public void What_is_no_utf8_is_refused() => Assert.ThrowsAny<JsonException>(() => LenientJson.Parse(new byte[] { (byte)'"', 0xFF, (byte)'"' }).Dispose());

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Depth_is_limited(int depth, bool read)
    {
        var json = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));

        if (read)
            LenientJson.Parse(json).Dispose();
        else
            Assert.ThrowsAny<JsonException>(() => LenientJson.Parse(json).Dispose());
    }
}
