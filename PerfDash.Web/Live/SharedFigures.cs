using Microsoft.Extensions.Caching.Memory;
using PerfDash.Core.Live;

namespace PerfDash.Web.Live;

/// <summary>
/// Figures that several pages show are asked for once: who asks while they are being loaded waits for that one load, and
/// what was loaded last is kept for whoever comes next. A load that nobody waits for any more is ended. What fails is not kept.
/// </summary>
public sealed class SharedFigures(LiveUpdates live, TimeProvider time) : IDisposable
{
    private const int MostKept = 500;

    // What was opened yesterday morning is there this morning.
    private static readonly TimeSpan Kept = TimeSpan.FromHours(26);

    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MostKept });
    private readonly Dictionary<object, Load> _loads = [];
    private readonly Lock _counting = new();

    /// <summary>The kept figures where they will do, or else new ones.</summary>
    /// <param name="question">What besides their type decides the figures, compared by value.</param>
    /// <param name="accepts">Whether kept figures will do.</param>
    /// <param name="load">Asks for them, on a thread of its own; its token ends it when nobody waits any more.</param>
    /// <param name="cancellationToken">Stops waiting for them.</param>
    public async Task<Figures<T>> GetAsync<T>(object question, Func<Figures, bool> accepts, Func<CancellationToken, Task<T>> load, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        question = (typeof(T), question);
        if (_kept.TryGetValue(question, out Figures<T>? kept) && accepts(kept!))
            return kept!;

        Load shared;
        lock (_counting)
        {
            if (!_loads.TryGetValue(question, out shared!))
            {
                var started = shared = new Load();
                _loads.Add(question, started);
                // Taken now: by the time it is used, all who waited may have left and disposed of its source.
                var ending = started.Ending.Token;
                started.Task = Task.Run(() => LoadAsync(question, started, load, ending), CancellationToken.None);
            }

            shared.Waiting++;
        }

        try
        {
            return await ((Task<Figures<T>>)shared.Task).WaitAsync(cancellationToken);
        }
        finally
        {
            Leave(question, shared);
        }
    }

    /// <summary>Whether there are kept figures that will do.</summary>
    public bool Has<T>(object question, Func<Figures, bool> accepts) => _kept.TryGetValue((typeof(T), question), out Figures<T>? kept) && accepts(kept!);

    /// <summary>Forgets what is kept, because something else than a new job changed it: a price, a name.</summary>
    public void Forget() => _kept.Clear();

    /// <inheritdoc />
    public void Dispose() => _kept.Dispose();

    private async Task<Figures<T>> LoadAsync<T>(object question, Load shared, Func<CancellationToken, Task<T>> load, CancellationToken ending)
    {
        var (at, newest, started) = (time.GetUtcNow(), live.Current, time.GetTimestamp());
        try
        {
            var value = await load(ending);
            var figures = new Figures<T>(value, at, time.GetElapsedTime(started), newest);
            _kept.Set(question, figures, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Kept });
            return figures;
        }
        finally
        {
            lock (_counting)
                Remove(question, shared);
        }
    }

    private void Leave(object question, Load shared)
    {
        lock (_counting)
        {
            if (--shared.Waiting > 0)
                return;
            // From here on nobody joins it.
            Remove(question, shared);
        }

        shared.Ending.Cancel();
        shared.Ending.Dispose();
    }

    private void Remove(object question, Load shared)
    {
        if (_loads.GetValueOrDefault(question) == shared)
            _loads.Remove(question);
    }

    private sealed class Load
    {
        public CancellationTokenSource Ending { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;

        public int Waiting { get; set; }
    }
}

/// <summary>How old figures are, and what they cost.</summary>
/// <param name="At">When they were asked for.</param>
/// <param name="Took">How long that took.</param>
/// <param name="Newest">The newest state of recording they are sure to contain.</param>
public abstract record Figures(DateTimeOffset At, TimeSpan Took, LiveState Newest)
{
    /// <summary>Live figures may cost one part in so many of the time: heavy ones are loaded less often than light ones.</summary>
    public const int Share = 10;

    /// <summary>The earliest moment to load them again for jobs recorded since.</summary>
    public DateTimeOffset NotBefore => At + (Took * (Share + 1));
}

/// <summary>Figures that were loaded.</summary>
/// <param name="Value">The figures.</param>
/// <param name="At">When they were asked for.</param>
/// <param name="Took">How long that took.</param>
/// <param name="Newest">The newest state of recording they are sure to contain.</param>
public sealed record Figures<T>(T Value, DateTimeOffset At, TimeSpan Took, LiveState Newest) : Figures(At, Took, Newest);
