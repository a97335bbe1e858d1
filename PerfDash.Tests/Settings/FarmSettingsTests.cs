using PerfDash.Core.Settings;
using PerfDash.Web.Features.Settings;

namespace PerfDash.Tests.Settings;

public sealed class FarmSettingsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_is_changed_in_what_was_typed_and_nothing_else()
    {
        await database.ClearAsync();
        await database.ExecuteAsync("INSERT INTO workers (name, external_id, gpu_model, created_at) VALUES ('old', 'host-1', 'Card', '2024-01-01'), ('other', 'host-2', 'Card', '2024-01-01')");

        Assert.True(await Farm.ChangeWorkerAsync(1, new WorkerEdit(" new ", " ", "24576", "1.79"), By.Admin(), Cancel));

        var workers = await Farm.GetWorkersAsync(Cancel);
        Assert.Equal(("new", "host-1", null, 24_576, 1.79m), (workers[0].Name, workers[0].ExternalId, workers[0].GpuModel, workers[0].GpuVramMb, workers[0].GpuHourPrice));
        Assert.Equal(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), workers[0].CreatedAt!.Value, TimeSpan.FromDays(1));
        Assert.Equal(("other", "host-2", "Card", null, null), (workers[1].Name, workers[1].ExternalId, workers[1].GpuModel, workers[1].GpuVramMb, workers[1].GpuHourPrice));

        Assert.True(await Farm.ChangeWorkerAsync(1, WorkerEdit.From(workers[0]) with { GpuHourPrice = "", GpuVramMb = null }, By.Admin(), Cancel));
        Assert.Equal((null, null), ((await Farm.GetWorkersAsync(Cancel))[0].GpuHourPrice, (await Farm.GetWorkersAsync(Cancel))[0].GpuVramMb));
        Assert.False(await Farm.ChangeWorkerAsync(77, new WorkerEdit("x", null, null, null), By.Admin(), Cancel));
    }

    [Fact]
    public async Task A_workflow_is_renamed_and_keeps_its_hosts_id()
    {
        await database.ClearAsync();
        await database.ExecuteAsync("INSERT INTO workflows (name, external_id) VALUES ('old', 'host-1')");

        Assert.True(await Farm.RenameWorkflowAsync(1, "<b>new</b>", By.Admin(), Cancel));

        Assert.Equal(("<b>new</b>", "host-1"), ((await Farm.GetWorkflowsAsync(Cancel))[0].Name, (await Farm.GetWorkflowsAsync(Cancel))[0].ExternalId));
        Assert.False(await Farm.RenameWorkflowAsync(77, "x", By.Admin(), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => Farm.RenameWorkflowAsync(1, " ", By.Admin(), Cancel));
    }

    [Theory]
    [InlineData("", null, null, null, "Name")]
    [InlineData("a\nb", null, null, null, "Name")]
    [InlineData("gpu", null, "24 GB", null, "GpuVramMb")]
    [InlineData("gpu", null, "0", null, "GpuVramMb")]
    [InlineData("gpu", null, "-5", null, "GpuVramMb")]
    [InlineData("gpu", null, "99999999999", null, "GpuVramMb")]
    [InlineData("gpu", null, null, "-1", "GpuHourPrice")]
    [InlineData("gpu", null, null, "1,79", "GpuHourPrice")]
    [InlineData("gpu", null, null, "free", "GpuHourPrice")]
    [InlineData("gpu", null, null, "1e9", "GpuHourPrice")]
    public async Task What_will_not_do_is_named_and_not_written(string name, string? model, string? vram, string? price, string field)
    {
        var edit = new WorkerEdit(name, model, vram, price);

        Assert.Equal([field], edit.Errors.Keys);
        await Assert.ThrowsAsync<ArgumentException>(() => Farm.ChangeWorkerAsync(1, edit, By.Admin(), Cancel));
    }

    [Theory]
    [InlineData("Host=db.example;Port=6432;Database=farm;Username=admin;Password=secret", "farm on db.example:6432")]
    [InlineData("Host=/var/run/postgresql;Database=farm;Username=admin;Password=secret", "farm over a local socket")]
    public void The_database_is_named_without_what_opens_it(string connectionString, string expected) =>
        Assert.Equal(expected, ConfigurationFacts.DatabaseText(connectionString));

    [Theory]
    [InlineData("120", "kept for 120 days after job completion")]
    [InlineData("90.12:00:00", "kept for 90.5 days after job completion")]
    public void A_retention_is_said_in_days(string value, string expected) => Assert.Equal(expected, ConfigurationFacts.KeptText(value));

    private FarmSettings Farm => database.Get<FarmSettings>();
}
