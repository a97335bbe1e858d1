using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Core.Access;

namespace PerfDash.Tests.Support;

/// <summary>The whole program on a real port with a database of its own (as IClassFixture).</summary>
public sealed partial class PerfDashApp(PostgresServer server) : IAsyncLifetime
{
    public const string ApiKey = "test-key-0123456789";
    public const string Password = "seven blue herons";

    private readonly TestDatabase _database = new(server);
    private WebApplicationFactory<Program>? _factory;

    /// <summary>The database beneath it.</summary>
    public TestDatabase Database => _database;

    /// <summary>Where it serves, without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Calls it with the key.</summary>
    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _factory!.Services;

    /// <summary>A one-time link that leads on after its button was pressed.</summary>
    public async Task<string> SignInAddressAsync(string then = "/") =>
        $"{Address}/sign-in?token={await Services.GetRequiredService<SignInLinkService>().CreateAsync(TestContext.Current.CancellationToken)}&returnUrl={Uri.EscapeDataString(then)}";

    /// <summary>A client that keeps cookies, shows redirects instead of following them, and is signed in as the owner.</summary>
    public async Task<HttpClient> SignedInAsync(CookieContainer? cookies = null)
    {
        var client = Browser(Address, cookies);
        using var answer = await PressAsync(client, await SignInAddressAsync());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return client;
    }

    /// <summary>A client with an account of its own, signed in.</summary>
    public async Task<HttpClient> SignedInAsync(string name, string role, CookieContainer? cookies = null)
    {
        using var made = await Client.PostAsJsonAsync("/access/accounts", new { name, password = Password, role });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var client = Browser(Address, cookies);
        using var answer = await client.PostAsJsonAsync("/access/sign-in", new { name, password = Password });
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        return client;
    }

    /// <summary>A client with a key of its own.</summary>
    public async Task<HttpClient> WithKeyAsync(string role, string name = "a key")
    {
        using var made = await Client.PostAsJsonAsync("/access/keys", new { name, role });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var client = Browser(Address);
        client.DefaultRequestHeaders.Add("X-Api-Key", (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString());
        return client;
    }

    /// <summary>Opens a page and sends its first form back, with its hidden fields and those given.</summary>
    public static async Task<HttpResponseMessage> PressAsync(HttpClient client, string page, params (string Name, string Value)[] fields)
    {
        var html = await client.GetStringAsync(new Uri(page, UriKind.RelativeOrAbsolute), TestContext.Current.CancellationToken);
        html = html[..html.IndexOf("</form>", StringComparison.Ordinal)];
        var values = Hidden().Matches(html).ToDictionary(m => Attribute("name", m.Value), m => Attribute("value", m.Value));
        foreach (var (name, value) in fields)
            values[name] = value;
        using var form = new FormUrlEncodedContent(values);
        return await client.PostAsync(new Uri(Action().Match(html).Groups[1].Value, UriKind.Relative), form, TestContext.Current.CancellationToken);

        static string Attribute(string name, string element) => WebUtility.HtmlDecode(Regex.Match(element, $"{name}=\"([^\"]*)\"").Groups[1].Value);
    }

    /// <summary>A client that keeps cookies and shows redirects instead of following them.</summary>
    public static HttpClient Browser(string address, CookieContainer? cookies = null) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new() }) { BaseAddress = new Uri(address) };

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _factory = Start(_database.ConnectionString);
        Address = AddressOf(_factory);
        Client = new HttpClient { BaseAddress = new Uri(Address) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_factory is not null)
            await _factory.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Another instance of the program on the same database.</summary>
    public static WebApplicationFactory<Program> Start(string connectionString, params (string Key, string Value)[] settings) =>
        Start(connectionString, _ => { }, settings);

    /// <summary>Likewise on a port that an earlier instance had.</summary>
    public static WebApplicationFactory<Program> Start(string connectionString, int port) => Start(connectionString, _ => { }, [], port);

    /// <summary>Likewise, with some services of the test's own.</summary>
    public static WebApplicationFactory<Program> Start(string connectionString, Action<IServiceCollection> services, params (string Key, string Value)[] settings) =>
        Start(connectionString, services, settings, port: 0);

    private static WebApplicationFactory<Program> Start(string connectionString, Action<IServiceCollection> services, (string Key, string Value)[] settings, int port)
    {
        var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(web =>
        {
            web.UseEnvironment("Development");
            // Any free port: without this the program's own default would win, and only one instance could run.
            web.UseSetting("urls", $"http://127.0.0.1:{port}");
            web.UseSetting("ConnectionStrings:PerfDash", connectionString);
            web.UseSetting("PerfDash:Auth:BootstrapApiKey", ApiKey);
            web.UseSetting("Serilog:MinimumLevel:Default", "Warning");
            foreach (var (key, value) in settings)
                web.UseSetting(key, value);
            web.ConfigureTestServices(services);
        });
        factory.UseKestrel(port);
        factory.StartServer();
        return factory;
    }

    /// <summary>Where an instance serves.</summary>
    public static string AddressOf(WebApplicationFactory<Program> factory) => factory.ClientOptions.BaseAddress.ToString().TrimEnd('/');

    [GeneratedRegex("<input type=\"hidden\"[^>]*>")]
    private static partial Regex Hidden();

    [GeneratedRegex("<form method=\"post\" action=\"([^\"]*)\"")]
    private static partial Regex Action();
}
