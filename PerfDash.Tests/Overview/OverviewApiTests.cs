using System.Net.Http.Json;
using System.Text.Json;
using PerfDash.Tests.Support;
using Xunit;

namespace PerfDash.Tests.Overview;

public sealed class OverviewApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    [Fact]
    public async Task An_empty_database_gives_nulls_not_zeros()
    {
        var overview = await app.Client.GetFromJsonAsync<JsonElement>("/performance/overview", TestContext.Current.CancellationToken);

        Assert.Equal(0, overview.GetProperty("job_count").GetInt64());
        Assert.Equal(JsonValueKind.Null, overview.GetProperty("avg_time_per_frame_ms").ValueKind);
        Assert.Equal(JsonValueKind.Null, overview.GetProperty("total_gpu_hours").ValueKind);
        Assert.Empty(overview.GetProperty("top_workflows").EnumerateArray());
    }
}
