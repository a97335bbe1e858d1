using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

public class ComfyUiSocketTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_connection_has_a_fresh_id_the_base_path_and_the_headers()
    {
        await using var fake = await FakeComfyUi.StartAsync(basePath: "/gpu-01", requiredHeaders: new Dictionary<string, string> { ["Authorization"] = "Bearer t" });
        Assert.True(ComfyUiEndpoint.TryParse(fake.Url + "?token=x", new Dictionary<string, string> { ["Authorization"] = "Bearer t" }, null, out var endpoint, out _));

        await using var first = await ComfyUiSocket.ConnectAsync(endpoint, null, Cancellation);
        await using var second = await ComfyUiSocket.ConnectAsync(endpoint, null, Cancellation);

        Assert.NotEqual(first.ClientId, second.ClientId);
        Assert.Matches("^[0-9a-f]{32}$", first.ClientId);
        Assert.Equal(
            [$"GET /gpu-01/ws?token=x&clientId={first.ClientId}", $"GET /gpu-01/ws?token=x&clientId={second.ClientId}"],
            fake.Requests);
        Assert.False(fake.SawOrigin);
    }

    [Fact]
    public async Task A_watcher_reads_the_times_of_a_prompt_as_it_runs()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        await using var socket = await ComfyUiSocket.ConnectAsync(Endpoint(fake.Url), null, Cancellation);
        var id = fake.Queue(new JsonObject { ["1"] = new JsonObject { ["class_type"] = "PdSleep", ["inputs"] = new JsonObject() } });
        await fake.RunAsync(id, [("1", 30)]);
        fake.CloseSockets();

        var times = new NodeTimes(id);
        var remaining = new List<int?>();
        await foreach (var frame in socket.ReadAsync(Cancellation))
        {
            times.Add(frame);
            if (frame.Kind == ComfyUiFrameKind.Status)
                remaining.Add(frame.QueueRemaining);
        }

        Assert.Equal([0, 1, 1, 0], remaining);
        Assert.Equal(NodeTimeCoverage.Full, times.Coverage);
        Assert.Equal("1", Assert.Single(times.Durations).NodeId);
    }

    [Fact]
    public async Task Previews_garbage_and_huge_frames_are_skipped()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        await using var socket = await ComfyUiSocket.ConnectAsync(Endpoint(fake.Url), null, Cancellation);
        await using var frames = socket.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await frames.MoveNextAsync());

        fake.SendGarbage();
        fake.SendBinary(new byte[6 * 1024 * 1024]);
        fake.SendRaw($$"""{"type": "executed", "data": {"node": "1", "prompt_id": "p", "output": {"text": "{{new string('x', 5 * 1024 * 1024)}}"} } }""");
        fake.SendRaw("""{"type": "crystools.monitor", "data": {}}""");
        fake.SendRaw($$"""{"type": "executed", "data": {"node": "2", "prompt_id": "p", "value": NaN, "output": {"text": "{{new string('x', 3 * 1024 * 1024)}}"} } }""");
        fake.SendStatus();
        Assert.True(await frames.MoveNextAsync());
        var large = frames.Current;
        Assert.True(await frames.MoveNextAsync());

        Assert.Equal((ComfyUiFrameKind.Executed, "2"), (large.Kind, large.NodeId));
        Assert.Equal(ComfyUiFrameKind.Status, frames.Current.Kind);
        Assert.Equal(4, socket.SkippedFrames);
    }

    [Fact]
    public async Task When_the_server_closes_the_frames_end()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        await using var socket = await ComfyUiSocket.ConnectAsync(Endpoint(fake.Url), null, Cancellation);
        fake.CloseSockets();

        var frames = 0;
        await foreach (var _ in socket.ReadAsync(Cancellation))
            frames++;

        Assert.Equal(1, frames);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_the_connection_breaks_the_reader_is_told(bool restart)
    {
        await using var fake = await FakeComfyUi.StartAsync();
        await using var socket = await ComfyUiSocket.ConnectAsync(Endpoint(fake.Url), null, Cancellation);
        await using var frames = socket.ReadAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await frames.MoveNextAsync());

        if (restart)
            fake.Restart();
        else
            fake.DropSockets();

        var failure = await Assert.ThrowsAsync<ComfyUiException>(async () => await frames.MoveNextAsync());
        Assert.Equal(ComfyUiFailure.Unreachable, failure.Kind);
    }

    [Theory]
    [InlineData("Authorization", "", ComfyUiFailure.Refused)]
    [InlineData("X-Farm", "", ComfyUiFailure.Refused)]
    [InlineData("", "/elsewhere", ComfyUiFailure.NotFound)]
    public async Task A_handshake_that_fails_says_why(string requiredHeader, string path, object kind)
    {
        var required = requiredHeader.Length == 0 ? null : new Dictionary<string, string> { [requiredHeader] = "x" };
        await using var fake = await FakeComfyUi.StartAsync(requiredHeaders: required);

        var failure = await Assert.ThrowsAsync<ComfyUiException>(() => ComfyUiSocket.ConnectAsync(Endpoint(fake.Url + path), null, Cancellation));

        Assert.Equal(kind, failure.Kind);
    }

    [Fact]
    public async Task A_server_that_is_off_is_unreachable()
    {
        var fake = await FakeComfyUi.StartAsync();
        var endpoint = Endpoint(fake.Url);
        await fake.DisposeAsync();

        Assert.Equal(ComfyUiFailure.Unreachable, (await Assert.ThrowsAsync<ComfyUiException>(() => ComfyUiSocket.ConnectAsync(endpoint, null, Cancellation))).Kind);
    }

    [Fact]
    public async Task Cancelling_ends_the_reading()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        await using var socket = await ComfyUiSocket.ConnectAsync(Endpoint(fake.Url), null, Cancellation);
        using var cancellation = new CancellationTokenSource();
        await using var frames = socket.ReadAsync(cancellation.Token).GetAsyncEnumerator(Cancellation);
        Assert.True(await frames.MoveNextAsync());

        var waiting = frames.MoveNextAsync();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
    }

    [Fact]
    public async Task A_self_signed_server_is_reached_by_its_pinned_certificate_only()
    {
        using var certificate = SelfSigned();
        await using var fake = await FakeComfyUi.StartAsync(certificate: certificate);
        var right = Endpoint(fake.Url, certificate.GetCertHashString(HashAlgorithmName.SHA256));
        var wrong = Endpoint(fake.Url, new string('0', 64));

        await using var socket = await ComfyUiSocket.ConnectAsync(right, null, Cancellation);
        using var client = new ComfyUiClient(right);
        (await client.GetQueueAsync(Cancellation)).Dispose();

        Assert.StartsWith("https://", fake.Url, StringComparison.Ordinal);
        foreach (var endpoint in new[] { wrong, Endpoint(fake.Url) })
        {
            using var refused = new ComfyUiClient(endpoint);
            var asking = await Assert.ThrowsAsync<ComfyUiException>(() => refused.GetQueueAsync(Cancellation));
            var connecting = await Assert.ThrowsAsync<ComfyUiException>(() => ComfyUiSocket.ConnectAsync(endpoint, null, Cancellation));
            Assert.Contains("certificate", asking.Message, StringComparison.Ordinal);
            Assert.Contains("certificate", connecting.Message, StringComparison.Ordinal);
        }
    }

    private static ComfyUiEndpoint Endpoint(string url, string? pin = null) =>
        ComfyUiEndpoint.TryParse(url, null, pin, out var endpoint, out var error) ? endpoint : throw new InvalidOperationException(error);

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=gpu-01", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
