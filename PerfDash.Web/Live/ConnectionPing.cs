using Microsoft.JSInterop;

namespace PerfDash.Web.Live;

/// <summary>Lets <c>connection.js</c> ask whether the connection of its page is alive.</summary>
public static class ConnectionPing
{
    [JSInvokable]
    public static void Ping()
    {
    }
}
