using Microsoft.JSInterop;

namespace PerfDash.Tests.Charts;

/// <summary>A browser that takes its time to load the module.</summary>
internal sealed class LateBrowser : IJSRuntime, IJSObjectReference
{
    public TaskCompletionSource<IJSObjectReference> Module { get; } = new();

    public TaskCompletionSource ModuleReleased { get; } = new();

    public List<string> Calls { get; } = [];

    public async ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args)
    {
        Calls.Add(identifier);
        return identifier == "import" ? (TValue)await Module.Task : default!;
    }

    public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);

    public ValueTask DisposeAsync()
    {
        ModuleReleased.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
