namespace PerfDash.Web.Layout;

/// <summary>
/// A page that does not change because jobs complete, for example while somebody works on it. It follows changes of names,
/// prices and rules all the same, also those that other instances make.
/// </summary>
public abstract class StillPage : DashboardPage
{
    private bool _isLeft;
    private bool _isBehind;

    protected override bool IsLive => false;

    protected override void OnInitialized()
    {
        base.OnInitialized();
        Shared.Cleared += OnSettingsChanged;
        Feed.Refresh += CatchUpAsync;
    }

    protected override void Dispose(bool disposing)
    {
        _isLeft = true;
        Shared.Cleared -= OnSettingsChanged;
        Feed.Refresh -= CatchUpAsync;
        base.Dispose(disposing);
    }

    /// <summary>Takes over changed names, prices and rules.</summary>
    protected virtual Task TakeSettingsAsync() => LoadNowAsync();

    private void OnSettingsChanged() => _ = InvokeAsync(async () =>
    {
        try
        {
            await FollowAsync();
        }
        catch (OperationCanceledException) when (_isLeft)
        {
            // The page was left meanwhile.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    });

    // What was left out while the page was paused, or its browser away.
    private Task CatchUpAsync() => InvokeAsync(() => _isBehind ? FollowAsync() : Task.CompletedTask);

    private async Task FollowAsync()
    {
        // (While it is live, the page loads by itself.)
        if (_isLeft || IsLive)
            return;
        _isBehind = Feed.Paused || Feed.IsDisconnected;
        if (Feed.IsDisconnected)
            Feed.MarkSkipped();
        if (_isBehind)
            return;
        await TakeSettingsAsync();
        StateHasChanged();
    }
}
