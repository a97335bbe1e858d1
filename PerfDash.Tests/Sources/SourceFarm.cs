using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerfDash.Tests.Sources.ComfyUi.Fake;

namespace PerfDash.Tests.Sources;

/// <summary>A program that follows fake servers.</summary>
internal static class SourceFarm
{
    /// <summary>One picture of Stable Diffusion 1.5, 512 by 512; node 3 samples, 4 loads the model, 8 decodes, 9 saves.</summary>
    public static JsonObject Picture() => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "PerfDash.Tests", "Sources", "ComfyUi", "Prompts", "cog_sd15_txt2img.json")))!.AsObject();

    /// <summary>Files of node 9.</summary>
    public static JsonObject Saved(params string[] files) => new()
    {
        ["9"] = new JsonObject { ["images"] = new JsonArray([.. files.Select(file => new JsonObject { ["filename"] = file, ["subfolder"] = "", ["type"] = "output" })]) },
    };

    /// <summary>Adds a source and waits until it is followed.</summary>
    public static async Task<long> FollowAsync(this PerfDashApp app, FakeComfyUi server, string? name = null)
    {
        using var made = await app.Client.PostAsJsonAsync("/sources", new { url = server.Url, name }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetInt64();
        await app.ConnectedAsync(id);
        return id;
    }

    public static Task ConnectedAsync(this PerfDashApp app, long id) =>
        Eventually.ThatAsync(async () => (await app.SourceAsync(id)).GetProperty("state").GetString() == "connected", $"source {id} is followed");

    public static async Task<JsonElement> SourceAsync(this PerfDashApp app, long id) =>
        await app.Client.GetFromJsonAsync<JsonElement>($"/sources/{id}", TestContext.Current.CancellationToken);

    /// <summary>Waits for the job of a prompt to have a status.</summary>
    public static Task HasStatusAsync(this TestDatabase database, long source, string prompt, string status) => Eventually.EqualAsync(
        status, () => database.ScalarAsync<string>("SELECT COALESCE((SELECT status FROM jobs WHERE external_id = @key), '')", ("key", $"comfyui:{source}:{prompt}")));
}
