using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using PerfDash.Web.Access;

namespace PerfDash.Tests.Support;

/// <summary>The whole program on a real port with a database of its own (as IClassFixture).</summary>
public sealed class PerfDashApp(PostgresServer server) : IAsyncLifetime
{
    public const string ApiKey = "test-key-0123456789";

    private readonly TestDatabase _database = new(server);
    private WebApplicationFactory<Program>? _factory;

    /// <summary>The database beneath it.</summary>
    public TestDatabase Database => _database;

    /// <summary>Where it serves, without a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Calls it with the key.</summary>
    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _factory!.Services;

    /// <summary>An address that signs a browser in and leads on.</summary>
    public string SignInAddress(string then = "/") =>
        $"{Address}/sign-in?token={Services.GetRequiredService<SignInLinks>().Current}&returnUrl={Uri.EscapeDataString(then)}";

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
}
