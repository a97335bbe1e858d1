using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PerfDash.Tests.Overview;

public sealed class ThroughputApiTests(PerfDashApp app) : IClassFixture<PerfDashApp>
{
    [Theory]
    // A year with its leap day, its month ends and both changes of the clock.
    [InlineData("month", "UTC", "2024-01-15T10:00:00Z", "2025-02-03T00:00:00Z")]
    [InlineData("month", "America/New_York", "2024-01-01T04:59:59Z", "2024-12-31T23:00:00Z")]
    [InlineData("week", "UTC", "2024-02-21T12:34:56.789Z", "2024-04-01T00:00:00Z")]
    [InlineData("week", "Europe/Berlin", "2024-03-20T00:00:00Z", "2024-11-05T00:00:00Z")]
    [InlineData("day", "UTC", "2024-02-27T06:00:00Z", "2024-03-02T00:00:00Z")]
    [InlineData("day", "Europe/Berlin", "2024-03-28T23:00:00Z", "2024-04-02T21:30:00Z")]
    [InlineData("day", "Europe/Berlin", "2024-10-24T22:00:00Z", "2024-10-29T22:59:59Z")]
    [InlineData("day", "America/New_York", "2024-03-08T00:00:00Z", "2024-03-13T00:00:00Z")]
    [InlineData("day", "America/New_York", "2024-11-01T03:30:00Z", "2024-11-06T00:00:00Z")]
    [InlineData("day", "America/Sao_Paulo", "2018-11-02T00:00:00Z", "2018-11-07T00:00:00Z")]
    [InlineData("day", "Pacific/Apia", "2011-12-27T00:00:00Z", "2012-01-03T00:00:00Z")]
    [InlineData("hour", "UTC", "2024-02-28T22:15:00Z", "2024-03-01T02:00:00Z")]
    [InlineData("hour", "Europe/Berlin", "2024-03-30T20:20:00Z", "2024-03-31T06:40:00Z")]
    [InlineData("hour", "Europe/Berlin", "2024-10-26T20:20:00Z", "2024-10-27T06:40:00Z")]
    [InlineData("hour", "America/New_York", "2024-11-03T02:00:00Z", "2024-11-03T10:00:00Z")]
    [InlineData("hour", "Asia/Kolkata", "2024-05-01T00:00:00Z", "2024-05-02T00:10:00Z")]
    [InlineData("day", "Asia/Kolkata", "2024-05-01T00:00:00Z", "2024-05-04T00:00:00Z")]
    [InlineData("hour", "Japan", "2024-05-01T00:00:00Z", "2024-05-01T05:00:00Z")]
    public async Task Each_bucket_sums_the_jobs_of_its_local_time(string bucket, string zone, string from, string to)
    {
        var (start, end) = (Moment(from), Moment(to));
        var workflow = await app.Database.AddWorkflowAsync();
        var worker = (await app.Database.AddWorkerAsync("gpu", 2), (decimal?)2);
        List<FarmRow> metrics =
        [
            // Fewer jobs than buckets leave gaps; some lie outside.
            .. SampleFarm.Generate(from.Length + zone.Length, 40, start.AddHours(-3), end.AddHours(3), [workflow], [worker], [null]),
            .. new[] { start, end.AddTicks(-10), end }.Select(at => new FarmRow { WorkflowId = workflow, WorkerId = worker.Item1, Price = 2, CompletedAt = at, GpuTimeMs = 5 }),
        ];
        await app.Database.AddJobsAsync(metrics);
        metrics.RemoveAll(m => m.CompletedAt < start || m.CompletedAt >= end);
        var query = $"from={from}&to={to}&workflow_id={workflow}";

        var answer = await GetAsync($"{query}&bucket={bucket}&time_zone={Uri.EscapeDataString(zone)}");
        var overview = await app.Client.GetFromJsonAsync<JsonElement>($"/performance/overview?{query}", TestContext.Current.CancellationToken);

        var tz = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var byBucket = metrics.ToLookup(m => StartOf(m.CompletedAt, bucket, tz));
        JsonElement[] points = [.. answer.GetProperty("points").EnumerateArray()];
        Assert.Equal(BucketStartsOf(start, end, bucket, tz), points.Select(p => p.GetProperty("bucket_start").GetDateTime()));
        foreach (var point in points)
            Oracle.AssertSums([.. byBucket[point.GetProperty("bucket_start").GetDateTime()]], point, point.GetProperty("bucket_start").GetString()!);
        Assert.Equal(metrics.Count, points.Sum(p => p.GetProperty("job_count").GetInt64()));
        Assert.Equal(metrics.Count, overview.GetProperty("job_count").GetInt64());
        Assert.Contains(points, p => p.GetProperty("job_count").GetInt64() > 0);
    }

    [Fact]
    public async Task A_zone_whose_clock_moves_by_half_an_hour_loses_no_job()
    {
        var workflow = await app.Database.AddWorkflowAsync();
        var worker = await app.Database.AddWorkerAsync();
        var (start, end) = (Moment("2023-09-25T00:00:00Z"), Moment("2024-04-08T00:00:00Z"));
        List<FarmRow> metrics = [];
        for (var at = start; at < end; at = at.AddMinutes(15))
        {
            if (at.Month is 10 or 4)
                metrics.Add(new FarmRow { WorkflowId = workflow, WorkerId = worker, CompletedAt = at });
        }

        await app.Database.AddJobsAsync(metrics);

        var answer = await GetAsync($"from=2023-09-25&to=2024-04-08&workflow_id={workflow}&bucket=hour&time_zone=Australia/Lord_Howe");

        Assert.Equal(metrics.Count, answer.GetProperty("points").EnumerateArray().Sum(p => p.GetProperty("job_count").GetInt64()));
    }

    [Fact]
    public async Task The_answer_has_the_names_of_the_contract_and_empty_buckets_are_there()
    {
        var answer = await GetAsync("from=1990-01-01&to=1990-01-04");

        Assert.Equal(["bucket", "points", "time_zone"], answer.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("day", answer.GetProperty("bucket").GetString());
        Assert.Equal("UTC", answer.GetProperty("time_zone").GetString());
        Assert.Equal(
            ["1990-01-01T00:00:00Z", "1990-01-02T00:00:00Z", "1990-01-03T00:00:00Z"],
            answer.GetProperty("points").EnumerateArray().Select(p => p.GetProperty("bucket_start").GetString()));
        foreach (var point in answer.GetProperty("points").EnumerateArray())
        {
            Assert.Equal(
                Oracle.SummaryNames.Append("bucket_start").Order(StringComparer.Ordinal), point.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            Oracle.AssertSums([], point, "empty");
        }
    }

    [Theory]
    [InlineData("from=0001-01-01&to=0300-01-01&bucket=month&time_zone=Asia/Kolkata", 3576)]
    [InlineData("from=0001-01-01&to=0001-03-01&bucket=week", 0)]
    [InlineData("from=9900-01-01&to=9999-12-31T23:59:59.9999999Z&bucket=month", 1188)]
    public async Task The_ends_of_time_give_an_end_of_buckets(string query, int atLeast)
    {
        var points = (await GetAsync(query)).GetProperty("points").GetArrayLength();
        Assert.InRange(points, atLeast, atLeast + 1);
    }

    private static DateTime Moment(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    // The other road: walk through the range by five minutes, which no change of a clock escapes.
    private static List<DateTime> BucketStartsOf(DateTime start, DateTime end, string bucket, TimeZoneInfo zone)
    {
        var starts = new List<DateTime>();
        for (var at = start; at < end; at = at.AddMinutes(5))
        {
            var found = StartOf(at, bucket, zone);
            if (starts.Count == 0 || starts[^1] != found)
                starts.Add(found);
        }

        if (starts[^1] != StartOf(end.AddTicks(-10), bucket, zone))
            starts.Add(StartOf(end.AddTicks(-10), bucket, zone));
        return starts;
    }

    private static DateTime StartOf(DateTime at, string bucket, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTimeFromUtc(at, zone);
        if (bucket == "hour")
            return at.AddTicks(-(local.Ticks % TimeSpan.TicksPerHour));
        var day = local.Date;
        day = bucket switch
        {
            "week" => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            "month" => day.AddDays(1 - day.Day),
            _ => day,
        };
        // A midnight that the clock jumped over: the day starts at the first moment there is.
        while (zone.IsInvalidTime(day))
            day = day.AddMinutes(30);
        return TimeZoneInfo.ConvertTimeToUtc(day, zone);
    }

    private Task<JsonElement> GetAsync(string query) =>
        app.Client.GetFromJsonAsync<JsonElement>($"/performance/throughput?{query}", TestContext.Current.CancellationToken);
}
