using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources.ComfyUi.Protocol;

public class ComfyUiClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Base_path_and_query_are_on_every_request_and_no_origin()
    {
        await using var fake = await FakeComfyUi.StartAsync(basePath: "/gpu-01");
        fake.AddFile("a b&c.png", [1, 2, 3], "sub/folder");
        using var client = Client($"{fake.Url}/?token=a%20b");

        (await client.GetHistoryAsync(20, 0, Cancellation)).Dispose();
        (await client.GetHistoryAsync(20, null, Cancellation)).Dispose();
        (await client.GetQueueAsync(Cancellation)).Dispose();
        (await client.GetSystemStatsAsync(Cancellation)).Dispose();
        (await client.OpenViewAsync("a b&c.png", "sub/folder", "output", Cancellation)).Dispose();

        Assert.Equal(
            [
                "GET /gpu-01/history?token=a%20b&max_items=20&offset=0",
                "GET /gpu-01/history?token=a%20b&max_items=20",
                "GET /gpu-01/queue?token=a%20b",
                "GET /gpu-01/system_stats?token=a%20b",
                "GET /gpu-01/view?token=a%20b&filename=a%20b%26c.png&subfolder=sub%2Ffolder&type=output",
            ],
            fake.Requests);
        Assert.False(fake.SawOrigin);
    }

    [Fact]
    public async Task User_and_password_of_the_address_open_a_protected_server()
    {
        var header = "Basic " + Convert.ToBase64String("me:p@ss"u8);
        await using var fake = await FakeComfyUi.StartAsync(requiredHeaders: new Dictionary<string, string> { ["Authorization"] = header, ["X-Farm"] = "7" });
        using var client = Client(fake.Url.Replace("http://", "http://me:p%40ss@", StringComparison.Ordinal), new() { ["X-Farm"] = "7" });

        using var stats = await client.GetSystemStatsAsync(Cancellation);

        Assert.Equal("0.27.1", stats.RootElement.GetProperty("system").GetProperty("comfyui_version").GetString());
    }

    [Theory]
    [InlineData("Authorization")]
    [InlineData("X-Farm")]
    public async Task A_server_that_asks_for_a_header_refuses_without_telling_secrets(string header)
    {
        await using var fake = await FakeComfyUi.StartAsync(requiredHeaders: new Dictionary<string, string> { [header] = "right" });
        using var client = Client(fake.Url + "?token=secret", new() { [header] = "secret" });

        var failure = await Assert.ThrowsAsync<ComfyUiException>(() => client.GetQueueAsync(Cancellation));

        Assert.Equal(ComfyUiFailure.Refused, failure.Kind);
        Assert.DoesNotContain("secret", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_off_is_unreachable()
    {
        var fake = await FakeComfyUi.StartAsync();
        using var client = Client(fake.Url);
        await fake.DisposeAsync();

        Assert.Equal(ComfyUiFailure.Unreachable, (await Assert.ThrowsAsync<ComfyUiException>(() => client.GetQueueAsync(Cancellation))).Kind);
    }

    [Fact]
    public async Task A_wrong_path_is_not_found()
    {
        await using var fake = await FakeComfyUi.StartAsync(basePath: "/gpu-01");
        using var client = Client(new Uri(fake.Url).GetLeftPart(UriPartial.Authority));

        Assert.Equal(ComfyUiFailure.NotFound, (await Assert.ThrowsAsync<ComfyUiException>(() => client.GetQueueAsync(Cancellation))).Kind);
    }

    [Theory]
    [InlineData(200, "<html>Log in</html>", ComfyUiFailure.BadResponse)]
    [InlineData(200, "", ComfyUiFailure.BadResponse)]
    [InlineData(500, "{}", ComfyUiFailure.BadResponse)]
    [InlineData(302, "", ComfyUiFailure.BadResponse)]
    [InlineData(502, "", ComfyUiFailure.Unreachable)]
    public async Task An_answer_of_no_use_is_told_apart(int status, string text, object kind)
    {
        await using var fake = await FakeComfyUi.StartAsync();
        fake.AnswerHistoryWith(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/queue";
            return context.Response.WriteAsync(text);
        });
        using var client = Client(fake.Url);

        var failure = await Assert.ThrowsAsync<ComfyUiException>(() => client.GetHistoryAsync(1, null, Cancellation));

        Assert.Equal(kind, failure.Kind);
        Assert.InRange(failure.Message.Length, 1, 200);
        Assert.Single(fake.Requests);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_unreachable()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        fake.AnswerHistoryWith(async context =>
        {
            await context.Response.WriteAsync("{\"a\":");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var client = Client(fake.Url);

        Assert.Equal(ComfyUiFailure.Unreachable, (await Assert.ThrowsAsync<ComfyUiException>(() => client.GetHistoryAsync(1, null, Cancellation))).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_a_history_of_100_MB_little_is_read(bool announced)
    {
        const int MB = 1024 * 1024;
        long sent = 0;
        var over = new TaskCompletionSource();
        await using var fake = await FakeComfyUi.StartAsync();
        fake.AnswerHistoryWith(async context =>
        {
            if (announced)
                context.Response.ContentLength = 100L * MB;
            try
            {
                for (var i = 0; i < 100; i++)
                {
                    await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(new string(' ', MB)), context.RequestAborted);
                    Interlocked.Add(ref sent, MB);
                }
            }
            catch (OperationCanceledException)
            {
                // The client hung up, which is what it has to do.
            }
            finally
            {
                over.SetResult();
            }
        });
        using var client = Client(fake.Url, maxResponseBytes: 2 * MB);

        var failure = await Assert.ThrowsAsync<ComfyUiException>(() => client.GetHistoryAsync(1000, null, Cancellation));
        await over.Task.WaitAsync(Cancellation);

        Assert.Equal(ComfyUiFailure.TooLarge, failure.Kind);
        // What is sent beyond the limit waits in the buffers of the two sockets.
        Assert.InRange(sent, 0, 40L * MB);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task An_answer_of_exactly_the_limit_is_read(int more, bool read)
    {
        const int Limit = 200_000;
        await using var fake = await FakeComfyUi.StartAsync();
        fake.AnswerHistoryWith(context => context.Response.WriteAsync("{}" + new string(' ', Limit - 2 + more)));
        using var client = Client(fake.Url, maxResponseBytes: Limit);

        var asking = client.GetHistoryAsync(1, null, Cancellation);

        if (read)
            (await asking).Dispose();
        else
            Assert.Equal(ComfyUiFailure.TooLarge, (await Assert.ThrowsAsync<ComfyUiException>(() => asking)).Kind);
    }

    [Fact]
    public async Task Bare_words_and_the_largest_seed_of_a_prompt_can_be_read()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        var inputs = new JsonObject { ["seed"] = ulong.MaxValue, ["cfg"] = RawNumbers.NaN, ["shift"] = RawNumbers.NegativeInfinity, ["text"] = "NaN" };
        fake.Queue(new JsonObject { ["3"] = new JsonObject { ["class_type"] = "KSampler", ["inputs"] = inputs } });
        using var client = Client(fake.Url);

        using var queue = await client.GetQueueAsync(Cancellation);

        var read = queue.RootElement.GetProperty("queue_pending")[0][2].GetProperty("3").GetProperty("inputs");
        Assert.Equal(ulong.MaxValue, read.GetProperty("seed").GetUInt64());
        Assert.Equal(JsonValueKind.Null, read.GetProperty("cfg").ValueKind);
        Assert.Equal(JsonValueKind.Null, read.GetProperty("shift").ValueKind);
        Assert.Equal("NaN", read.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_file_can_be_streamed()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        fake.AddFile("pd_00001_.png", [137, 80, 78, 71]);
        using var client = Client(fake.Url);

        using var file = await client.OpenViewAsync("pd_00001_.png", "", "output", Cancellation);

        Assert.Equal("image/png", file.Content.Headers.ContentType?.MediaType);
        Assert.Equal([137, 80, 78, 71], await file.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(ComfyUiFailure.NotFound, (await Assert.ThrowsAsync<ComfyUiException>(() => client.OpenViewAsync("pd_00001_.png", "", "temp", Cancellation))).Kind);
    }

    [Fact]
    public async Task Cancelling_is_no_failure_of_the_server()
    {
        await using var fake = await FakeComfyUi.StartAsync();
        fake.SetDelay(TimeSpan.FromMinutes(1));
        using var client = Client(fake.Url);
        using var cancellation = new CancellationTokenSource();

        var asking = client.GetQueueAsync(cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private static ComfyUiClient Client(string url, Dictionary<string, string>? headers = null, int maxResponseBytes = ComfyUiClient.DefaultMaxResponseBytes) =>
        ComfyUiEndpoint.TryParse(url, headers, null, out var endpoint, out var error)
            ? new ComfyUiClient(endpoint, maxResponseBytes)
            : throw new InvalidOperationException(error);
}
