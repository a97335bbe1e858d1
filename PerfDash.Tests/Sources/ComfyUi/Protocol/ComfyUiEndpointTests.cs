using PerfDash.Core.Sources.ComfyUi.Protocol;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

public class ComfyUiEndpointTests
{
    [Theory]
    [InlineData("http://gpu-01:8188", "http://gpu-01:8188/queue")]
    [InlineData("  http://gpu-01:8188/  ", "http://gpu-01:8188/queue")]
    [InlineData("ws://gpu-01:8188", "http://gpu-01:8188/queue")]
    [InlineData("wss://farm.example/gpu-01/", "https://farm.example/gpu-01/queue")]
    [InlineData("https://farm.example/gpu-01?token=a%26b", "https://farm.example/gpu-01/queue?token=a%26b")]
    [InlineData("http://[::1]:8188", "http://[::1]:8188/queue")]
    public void Path_and_query_of_the_address_are_kept(string url, string queue) => Assert.Equal(queue, Endpoint(url).UriOf("/queue").AbsoluteUri);

    [Theory]
    [InlineData("http://gpu-01:8188", "ws://gpu-01:8188/ws?clientId=c")]
    [InlineData("https://farm.example/gpu-01?token=t", "wss://farm.example/gpu-01/ws?token=t&clientId=c")]
    public void The_socket_is_beside_the_routes(string url, string socket) => Assert.Equal(socket, Endpoint(url).SocketUriOf("c").AbsoluteUri);

    [Theory]
    [InlineData("http://me:p%40ss@gpu-01:8188/", "Basic bWU6cEBzcw==")]
    [InlineData("http://me@gpu-01:8188/", "Basic bWU6")]
    public void User_and_password_become_a_header(string url, string header)
    {
        var endpoint = Endpoint(url);

        Assert.Equal(header, endpoint.Headers["Authorization"]);
        Assert.Equal("http://gpu-01:8188/", endpoint.Url.AbsoluteUri);
    }

    [Fact]
    public void A_given_authorization_wins()
    {
        Assert.True(ComfyUiEndpoint.TryParse("http://me:pass@gpu-01", new Dictionary<string, string> { ["authorization"] = "Bearer t" }, null, out var endpoint, out _));

        Assert.Equal("Bearer t", endpoint.Headers["Authorization"]);
    }

    [Theory]
    [InlineData(null, "missing")]
    [InlineData(" ", "missing")]
    [InlineData("gpu-01:8188", "http://")]
    [InlineData("gpu-01", "http://")]
    [InlineData("http://", "http://")]
    [InlineData("ftp://gpu-01", "only http and https")]
    [InlineData("file:///etc/passwd", "only http and https")]
    [InlineData("http://gpu-01:8188/#queue", "after #")]
    public void An_address_of_no_use_is_explained_in_one_sentence(string? url, string expected)
    {
        var error = ComfyUiEndpoint.ErrorOf(url);

        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Sec-WebSocket-Key", "x")]
    [InlineData("Content-Type", "text/plain")]
    [InlineData("with space", "x")]
    [InlineData("X-Token", "a\r\nb")]
    [InlineData("X-Token", "ä")]
    public void A_header_that_cannot_be_sent_is_refused(string name, string value)
    {
        Assert.False(ComfyUiEndpoint.TryParse("http://gpu-01", new Dictionary<string, string> { [name] = value }, null, out _, out var error));
        Assert.Contains(name, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fingerprint_may_have_colons()
    {
        var digits = string.Concat(Enumerable.Repeat("aB", 32));

        Assert.True(ComfyUiEndpoint.TryParse("https://gpu-01", null, string.Join(':', digits.Chunk(2).Select(pair => new string(pair))), out var endpoint, out _));
        Assert.Equal(digits.ToUpperInvariant(), endpoint.PinnedCertificateSha256);
        Assert.False(ComfyUiEndpoint.TryParse("https://gpu-01", null, "abc", out _, out _));
    }

    [Fact]
    public void Its_text_has_no_secrets() => Assert.Equal("http://gpu-01:8188/a", Endpoint("http://me:secret@gpu-01:8188/a?token=secret").ToString());

    private static ComfyUiEndpoint Endpoint(string url) =>
        ComfyUiEndpoint.TryParse(url, null, null, out var endpoint, out var error) ? endpoint : throw new InvalidOperationException(error);
}
