using PerfDash.Web.Hosting.Startup;

namespace PerfDash.Web.Commands;

/// <summary><c>perfdash health ADDRESS</c>: asks a running PerfDash whether it is ready, for a container's health check.</summary>
internal static class HealthCommand
{
    /// <summary>Prints the answer; 0 only when it is ready.</summary>
    public static async Task<int> RunAsync(string address, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var root) || root.Scheme is not ("http" or "https"))
            throw new StartupException($"ADDRESS is \"{address}\"; it must be an address such as {ServeCommand.DefaultAddress}.");
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var answer = await client.GetAsync(new Uri(root, PerfDashUrls.Ready), cancellationToken);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Console.Error.WriteLine($"{address} does not answer: {e.Message}");
            return 1;
        }
    }
}
