using System.Diagnostics;

namespace PerfDash.Tests.Support;

/// <summary>Waits for what happens in the background; the limit only ends a test that would hang.</summary>
public static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Returns when <paramref name="condition"/> holds, else fails with what <paramref name="what"/> says.</summary>
    public static async Task ThatAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Limit, $"Not within {Limit.TotalSeconds:0} s: {what}");
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Likewise for a value that must come to equal <paramref name="expected"/>.</summary>
    public static async Task EqualAsync<T>(T expected, Func<Task<T>> actual)
    {
        var clock = Stopwatch.StartNew();
        var last = await actual();
        while (!EqualityComparer<T>.Default.Equals(expected, last) && clock.Elapsed < Limit)
        {
            await Task.Delay(25, TestContext.Current.CancellationToken);
            last = await actual();
        }

        Assert.Equal(expected, last);
    }
}
