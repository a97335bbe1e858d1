namespace PerfDash.Web.Commands;

/// <summary><c>perfdash health ADDRESS</c>: asks a running PerfDash whether it is ready, for a container's health check.</summary>
internal static class HealthCommand
{
    /// <summary>Prints the answer; 0 only when it is ready.</summary>
    public static async Task<int> RunAsync(string address, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var answer = await client.GetAsync(new Uri(new Uri(address), PerfDashUrls.Ready), cancellationToken);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
