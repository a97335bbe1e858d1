using Microsoft.AspNetCore.Components.Server.Circuits;

namespace PerfDash.Web.Live;

/// <summary>Reports to the feed whether the circuit's browser is there: a circuit is kept for minutes after its browser has gone, in case it comes back.</summary>
internal sealed class CircuitConnectionHandler(LiveFeed feed) : CircuitHandler
{
    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        feed.SetConnected(false);
        return Task.CompletedTask;
    }

    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        feed.SetConnected(true);
        return Task.CompletedTask;
    }
}
