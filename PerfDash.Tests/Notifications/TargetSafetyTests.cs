using Microsoft.Extensions.Options;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;

namespace PerfDash.Tests.Notifications;

/// <summary>A webhook must not become a way to reach what only this machine can.</summary>
public sealed class TargetSafetyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://172.31.255.255/")]
    [InlineData("http://192.168.0.1/")]
    [InlineData("http://100.64.0.1/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://224.0.0.1/")]
    [InlineData("http://255.255.255.255/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://[::127.0.0.1]/")]
    [InlineData("http://[64:ff9b::10.0.0.1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[fc00::1]/")]
    [InlineData("http://[fd12:3456::1]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[ff02::1]/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.com/")]
    [InlineData("gopher://example.com/")]
    [InlineData("/relative")]
    [InlineData("http://user:word@example.com/")]
    [InlineData("")]
    [InlineData(null)]
    public async Task An_address_off_the_public_internet_is_refused_before_anything_is_sent(string? url)
    {
        using var http = Http(allowPrivateNetworks: false);

        var refused = await Assert.ThrowsAsync<DeliveryException>(() => http.PostJsonAsync(url, "{}"u8.ToArray(), [], Cancel));

        Assert.True(refused.IsRefusal);
    }

    [Theory]
    [InlineData("http://8.8.8.8/")]
    [InlineData("http://172.32.0.1/")]
    [InlineData("http://100.128.0.1/")]
    [InlineData("http://[2606:4700::1111]/")]
    public async Task An_address_of_the_public_internet_is_not(string url)
    {
        using var http = Http(allowPrivateNetworks: false);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        // It passes the check, and nothing is sent.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.PostJsonAsync(url, "{}"u8.ToArray(), [], cancelled.Token));
    }

    [Fact]
    public async Task A_name_is_evaluated_by_what_it_resolves_to()
    {
        // Any name for loopback but "localhost", which is refused without being looked up: Debian has one for the machine itself.
        var name = (await File.ReadAllLinesAsync("/etc/hosts", Cancel))
            .Where(line => line.StartsWith("127.", StringComparison.Ordinal))
            .SelectMany(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Skip(1))
            .FirstOrDefault(n => !n.StartsWith("localhost", StringComparison.Ordinal));
        if (name is null)
            Assert.Skip("/etc/hosts of this machine has no name for loopback but localhost.");
        await using var receiver = await Receiver.StartAsync();
        using var http = Http(allowPrivateNetworks: false);

        var refused = await Assert.ThrowsAsync<DeliveryException>(() => http.PostJsonAsync($"http://{name}:{receiver.Port}/", "{}"u8.ToArray(), [], Cancel));

        Assert.True(refused.IsRefusal);
        Assert.Contains("PerfDash:Notifications:AllowPrivateNetworks", refused.Message, StringComparison.Ordinal);
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var canary = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, context) =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (307, canary.Url);
            return Task.CompletedTask;
        };
        using var http = Http(allowPrivateNetworks: true);

        var refused = await Assert.ThrowsAsync<DeliveryException>(() => http.PostJsonAsync(receiver.Url, "{}"u8.ToArray(), [], Cancel));

        Assert.Contains("307", refused.Message, StringComparison.Ordinal);
        Assert.Empty(canary.Requests);
    }

    [Fact]
    public async Task No_proxy_of_the_environment_is_asked()
    {
        await using var proxy = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        var before = Environment.GetEnvironmentVariable("http_proxy");
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{proxy.Port}");
        try
        {
            using var http = Http(allowPrivateNetworks: true);
            await http.PostJsonAsync(receiver.Url, "{}"u8.ToArray(), [], Cancel);
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", before);
        }

        Assert.Empty(proxy.Requests);
        Assert.Single(receiver.Requests);
    }

    private static SsrfSafeHttpClient Http(bool allowPrivateNetworks) =>
        new(Options.Create(new NotificationOptions { AllowPrivateNetworks = allowPrivateNetworks }));
}
