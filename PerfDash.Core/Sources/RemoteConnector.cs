using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using PerfDash.Core.Ingest;
using PerfDash.Core.Sources.ComfyUi;
using PerfDash.Core.Sources.ComfyUi.Protocol;
using PerfDash.Data.Entities;

namespace PerfDash.Core.Sources;

/// <summary>Follows a server and reports its completed prompts to a PerfDash elsewhere, with <c>POST /performance/jobs/completed</c>.</summary>
public sealed class RemoteConnector : IDisposable
{
    private readonly ComfyUiEndpoint _endpoint;
    private readonly RemoteReceiver _receiver;
    private readonly ILogger _logger;

    private RemoteConnector(ComfyUiEndpoint endpoint, RemoteReceiver receiver, ILogger logger) => (_endpoint, _receiver, _logger) = (endpoint, receiver, logger);

    /// <summary>Makes one; null where the server's address will not do, with the reason.</summary>
    /// <param name="server">Address of the server.</param>
    /// <param name="headers">Sent to the server with every request.</param>
    /// <param name="name">Of the worker; null: host and port of the server.</param>
    /// <param name="receiver">Address of PerfDash.</param>
    /// <param name="key">Key with the role ingest.</param>
    public static RemoteConnector? Create(string server, IReadOnlyDictionary<string, string> headers, string? name, Uri receiver, string key, ILoggerFactory loggers, out string? error)
    {
        var logger = loggers.CreateLogger<RemoteConnector>();
        return ComfyUiEndpoint.TryParse(server, headers, null, out var endpoint, out error)
            ? new RemoteConnector(endpoint, new RemoteReceiver(receiver, key, name ?? endpoint.Name, logger), logger)
            : null;
    }

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="UnauthorizedAccessException">PerfDash refuses the key.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await _receiver.CheckKeyAsync(cancellationToken);
        await new ComfyUiWatcher(_endpoint, _receiver, TimeProvider.System, _logger).RunAsync(cancellationToken);
    }

    public void Dispose() => _receiver.Dispose();
}

/// <summary>Sends ended prompts over HTTP. Those that wait, run, failed or were cancelled have no route there.</summary>
internal sealed partial class RemoteReceiver(Uri address, string key, string worker, ILogger logger) : IPromptReceiver, IDisposable
{
    private const int MaxStarts = 20_000;

    private static readonly string[] Labels = ["project_id", "character_id", "scene_id"];

    private readonly HttpClient _client = new()
    {
        BaseAddress = new Uri(address.ToString().TrimEnd('/') + "/"),
        Timeout = TimeSpan.FromSeconds(60),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    // When the first run under an id started, as far back as a server's history reaches.
    private readonly Dictionary<string, DateTimeOffset?> _starts = new(StringComparer.Ordinal);

    public Task<IReadOnlyList<string>> GetOpenAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task ReceiveOpenAsync(IReadOnlyList<PromptJob> jobs, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ReceiveStatusAsync(ServerStatus status, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends nothing, which needs the right to send something. A PerfDash that is away may come later.</summary>
    public async Task CheckKeyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await PostAsync([], cancellationToken);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new UnauthorizedAccessException(Refused);
        }
        catch (HttpRequestException e)
        {
            LogAway(_client.BaseAddress!.Authority, e.Message);
        }
    }

    public async Task ReceiveEndedAsync(IReadOnlyList<PromptJob> jobs, CancellationToken cancellationToken)
    {
        var completions = jobs.Where(job => !job.IsProbe && job.Report.Status == JobStatus.Completed).Select(Completion).ToList();
        while (completions.Count > 0)
            completions = await SendAsync(completions, cancellationToken);
    }

    /// <summary>Sends them; returns those that named a project, character or scene that is not there, without it.</summary>
    private async Task<List<JsonObject>> SendAsync(List<JsonObject> completions, CancellationToken cancellationToken)
    {
        using var answer = await PostAsync(new JsonArray([.. completions.Select(completion => completion.DeepClone())]), cancellationToken);
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new HttpRequestException(Refused);
        answer.EnsureSuccessStatusCode();
        if (await ReadAsync(answer, cancellationToken) is not { Rejected: { } rejected } report)
            throw new HttpRequestException($"{_client.BaseAddress!.Authority} does not answer as PerfDash does.");
        LogReported(report.Accepted, report.Duplicates);
        var again = new List<JsonObject>();
        foreach (var (index, error) in rejected)
        {
            if (index < completions.Count && Labels.Contains(error.Split(' ')[0]) && completions[index].Remove(error.Split(' ')[0]))
                again.Add(completions[index]);
            else
                LogRejected(error);
        }

        return again;
    }

    private static async Task<ReportResponse?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<ReportResponse>(JsonSerializerOptions.Web, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> PostAsync(JsonArray completions, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.PostAsJsonAsync("performance/jobs/completed", completions, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"{_client.BaseAddress!.Authority} did not answer in time.", e);
        }
    }

    private string Refused => $"{_client.BaseAddress!.Authority} refuses the key: it needs the role ingest.";

    private JsonObject Completion(PromptJob job)
    {
        var report = job.Report;
        // Projects are known there by id alone.
        var completion = report.ResultJson is null ? [] : JsonNode.Parse(report.ResultJson)!.AsObject();
        completion["external_id"] = KeyOf(job);
        completion["workflow"] = Reference(report.Workflow!);
        completion["worker"] = new JsonObject { ["external_id"] = worker, ["name"] = worker };
        completion["parameters"] = report.ParametersJson is null ? null : JsonNode.Parse(report.ParametersJson);
        foreach (var (label, id) in Labels.Zip([report.ProjectId, report.CharacterId, report.SceneId]))
        {
            if (id is not null)
                completion[label] = id;
        }

        completion["started_at"] = report.StartedAt;
        completion["completed_at"] = report.CompletedAt;
        completion.Remove("outputs");
        return completion;
    }

    private static JsonObject Reference(EntityReference workflow) => new() { ["external_id"] = workflow.ExternalId, ["name"] = workflow.Name };

    private string KeyOf(PromptJob job)
    {
        var key = PromptJob.KeyOf(worker, job.PromptId);
        if (_starts.Count > MaxStarts)
            _starts.Clear();
        if (_starts.TryAdd(job.PromptId, job.Report.StartedAt) || _starts[job.PromptId] == job.Report.StartedAt || job.Report.StartedAt is not { } started)
            return key;
        return PromptJob.KeyOf(key, started);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Reported {Accepted} prompts, {Duplicates} known")]
    private partial void LogReported(int accepted, int duplicates);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Name} does not answer ({Error}); prompts are reported when it does")]
    private partial void LogAway(string name, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A prompt was rejected: {Error}")]
    private partial void LogRejected(string error);

    private sealed record ReportResponse(int Accepted, int Duplicates, IReadOnlyList<RejectedItem>? Rejected);

    private sealed record RejectedItem(int Index, string Error);
}
