using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Access;
using PerfDash.Tests.Hosting;

namespace PerfDash.Tests.Access;

/// <summary>The certificate that protects the keys of cookies in the database.</summary>
public sealed class KeyFileTests(TestDatabase database) : IClassFixture<TestDatabase>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("perfdash-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("keys.pem")]
    [InlineData("keys.pfx")]
    public async Task Keys_in_the_database_are_encrypted_and_two_instances_with_the_file_share_them(string name)
    {
        await database.ExecuteAsync("DELETE FROM data_protection_keys");
        var setting = ("PerfDash:Auth:KeyFile", Write(name, withKey: true));
        await using var first = PerfDashApp.Start(database.ConnectionString, setting);
        await using var second = PerfDashApp.Start(database.ConnectionString, setting);
        var link = $"/sign-in?token={await first.Services.GetRequiredService<SignInLinkService>().CreateAsync(TestContext.Current.CancellationToken)}";
        using var browser = PerfDashApp.Browser(PerfDashApp.AddressOf(first));
        using var pressed = await PerfDashApp.PressAsync(browser, link);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, $"{PerfDashApp.AddressOf(second)}/access/me");
        elsewhere.Headers.Add("Cookie", pressed.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("perfdash=", StringComparison.Ordinal)).Split(';')[0]);
        using var answer = await browser.SendAsync(elsewhere, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var keys = await database.ScalarAsync<string>("SELECT string_agg(xml, ' ') FROM data_protection_keys");
        Assert.Contains("EncryptedXmlDecryptor", keys, StringComparison.Ordinal);
        Assert.DoesNotContain("<masterKey", keys, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_ends_the_start_and_is_named()
    {
        foreach (var path in new[] { Path.Combine(_folder, "none.pem"), Write("only.pem", withKey: false) })
        {
            using var program = ProgramRun.Start([], ("ConnectionStrings__PerfDash", database.ConnectionString), ("PerfDash__Auth__KeyFile", path));
            var (code, _, error) = await program.EndAsync();
            Assert.Equal(1, code);
            Assert.Contains($"PerfDash:Auth:KeyFile: {path} cannot be read as a certificate with its private key", error, StringComparison.Ordinal);
        }
    }

    private string Write(string name, bool withKey)
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=perfdash", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var path = Path.Combine(_folder, name);
        if (name.EndsWith(".pfx", StringComparison.Ordinal))
            File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx));
        else
            File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + (withKey ? key.ExportPkcs8PrivateKeyPem() : ""));
        return path;
    }
}
