using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Notifications;
using PerfDash.Core.Notifications.Channels;
using PerfDash.Core.Notifications.Delivery;

namespace PerfDash.Tests.Notifications;

/// <summary>E-mail through a real mail server.</summary>
public sealed class EmailTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_says_what_happened_to_every_recipient_and_waits_while_the_server_is_down()
    {
        var port = MailServer.FreePort();
        await StoredAlerts.AddRuleAsync(database);
        await using var instance = Instance(port);
        var channels = instance.GetRequiredService<ChannelService>();
        var input = new ChannelInput { Kind = "email", Name = "Night shift", Recipients = ["kim@example.com", "Lee <lee@example.com>"] };
        Assert.Equal("kim@example.com, Lee <lee@example.com>", Assert.IsType<ChannelChange.Done>(await channels.CreateAsync(input, By.Admin("kim"), Cancel)).Channel.Target);
        await new StoredAlerts(database, instance).OpenAsync("critical");

        await instance.GetRequiredService<Deliverer>().DeliverAsync(Cancel);
        Assert.StartsWith("pending Could not send through the mail server: ", await database.ScalarAsync<string>("SELECT state || ' ' || last_error FROM notification_deliveries"), StringComparison.Ordinal);

        await using var server = await MailServer.StartAsync(port);
        await database.ExecuteAsync("UPDATE notification_deliveries SET next_attempt_at = now()");
        await instance.GetRequiredService<Deliverer>().DeliverAsync(Cancel);

        Assert.Equal("delivered", await database.ScalarAsync<string>("SELECT state FROM notification_deliveries"));
        var key = await database.ScalarAsync<Guid>("SELECT idempotency_key FROM notification_deliveries");
        await Eventually.ThatAsync(() => Task.FromResult(server.Printed.Contains("END MESSAGE", StringComparison.Ordinal)), "the mail is printed");
        Assert.Contains("From: PerfDash <perfdash@example.com>", server.Printed, StringComparison.Ordinal);
        Assert.Contains("To: kim@example.com, Lee <lee@example.com>", server.Printed, StringComparison.Ordinal);
        Assert.Contains("Subject: [PerfDash] Critical: time per frame of Portrait", server.Printed, StringComparison.Ordinal);
        Assert.Contains($"Message-Id: <{key}@perfdash>", server.Printed, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Job 7 of Portrait on gpu-1. Ask Kim.", server.Printed.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mail_server_or_with_bad_recipients_no_channel_is_made()
    {
        await using var without = TestDatabase.ServicesOver(database.ConnectionString);
        await using var with = Instance(25);
        var input = new ChannelInput { Kind = "email", Name = "Nobody", Recipients = ["kim@example.com"] };

        Assert.Contains("Smtp:Host", Errors(await without.GetRequiredService<ChannelService>().CreateAsync(input, By.Admin("kim"), Cancel))["kind"][0], StringComparison.Ordinal);
        foreach (string[] bad in (string[][])[[], ["kim"], ["kim@example.com\r\nBcc: lee@example.com"], [.. Enumerable.Repeat("kim@example.com", 51)]])
            Assert.Contains("recipients", Errors(await with.GetRequiredService<ChannelService>().CreateAsync(input with { Recipients = bad }, By.Admin("kim"), Cancel)).Keys);
    }

    private static Dictionary<string, string[]> Errors(ChannelChange change) => Assert.IsType<ChannelChange.Invalid>(change).Errors;

    private ServiceProvider Instance(int port) => TestDatabase.ServicesOver(database.ConnectionString, services => services.Configure<NotificationOptions>(options =>
        options.Smtp = new SmtpOptions { Host = "127.0.0.1", Port = port, Security = SmtpSecurity.None, From = "PerfDash <perfdash@example.com>" }));
}
