using PerfDash.Core.Live;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>What a load may be answered with.</summary>
internal enum Wanted
{
    /// <summary>What other pages still show; what was shown hours ago too, where new figures take long.</summary>
    Kept,

    /// <summary>What contains the newest job, or else what another page has just loaded.</summary>
    Newest,

    /// <summary>Nothing that is there already.</summary>
    Anew,
}

/// <summary>One load of a page: which kept figures it takes, and how old what it was given is.</summary>
/// <param name="wanted">What it may be answered with.</param>
/// <param name="now">When it began.</param>
/// <param name="shown">When what the page shows was asked for; null for nothing.</param>
internal sealed class LoadTurn(Wanted wanted, DateTimeOffset now, DateTimeOffset? shown)
{
    // Figures that are had at once are not worth being a moment old.
    private static readonly TimeSpan Light = TimeSpan.FromMilliseconds(250);

    // A reader would rather have old figures at once, and see them replaced, than wait so long.
    private static readonly TimeSpan Heavy = TimeSpan.FromMilliseconds(500);

    private DateTimeOffset? _at;
    private DateTimeOffset? _notBefore;
    private LiveState? _oldest;

    /// <summary>When the oldest of the figures was asked for.</summary>
    public DateTimeOffset At => _at ?? now;

    /// <summary>True when a part of the figures is older than what an open page may show.</summary>
    public bool IsOld { get; private set; }

    /// <summary>Whether kept figures will do.</summary>
    public bool Accepts(Figures kept, LiveState current) => wanted switch
    {
        Wanted.Kept => kept.Took >= Heavy || (kept.Took >= Light && now < kept.NotBefore),
        // What is newer than the page's own may lack the newest job, but not for longer than pages may anyway.
        Wanted.Newest => now < kept.NotBefore && (kept.Newest == current || kept.At > shown),
        _ => false,
    };

    /// <summary>Takes note of figures that were given.</summary>
    public void Note(Figures given)
    {
        if (given.At < At)
            (_at, _oldest) = (given.At, given.Newest);
        _oldest ??= given.Newest;
        _notBefore = given.NotBefore < _notBefore ? _notBefore : given.NotBefore;
        IsOld |= given.NotBefore < now;
    }

    /// <summary>The earliest moment for the next live update: the same for all pages that share figures, so that they meet again.</summary>
    /// <param name="end">When the load ended.</param>
    /// <param name="took">How long it took.</param>
    public DateTimeOffset NotBefore(DateTimeOffset end, TimeSpan took) => _notBefore ?? end + (took * Figures.Share);

    /// <summary>True when jobs were recorded that the figures may lack.</summary>
    public bool Misses(LiveState current) => _oldest is not null && _oldest != current;
}
