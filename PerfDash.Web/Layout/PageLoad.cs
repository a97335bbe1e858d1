using PerfDash.Core.Live;
using PerfDash.Web.Live;

namespace PerfDash.Web.Layout;

/// <summary>Which kept results a load may take.</summary>
internal enum Freshness
{
    /// <summary>Results that contain the newest job.</summary>
    Current,

    /// <summary>For the refresh of an open page: also what another page has loaded since, so that all pages share one run.</summary>
    Newer,

    /// <summary>None.</summary>
    Bypass,
}

/// <summary>One load of a page: which kept results it takes, and how old the results are that it was given.</summary>
/// <param name="freshness">Which kept results it takes.</param>
/// <param name="now">When it began.</param>
/// <param name="shown">When the results that the page shows were asked for; null for none.</param>
internal sealed class PageLoad(Freshness freshness, DateTimeOffset now, DateTimeOffset? shown)
{
    private DateTimeOffset? _at;
    private DateTimeOffset? _notBefore;
    private LiveState? _oldest;

    /// <summary>When the oldest of the results was asked for.</summary>
    public DateTimeOffset At => _at ?? now;

    /// <summary>Whether a kept result is fresh enough.</summary>
    public bool Accepts(CachedResult kept, LiveState current) => freshness switch
    {
        Freshness.Current => ReferenceEquals(kept.Version, current),
        Freshness.Newer => ReferenceEquals(kept.Version, current) || (kept.At > shown && now < kept.NotBefore),
        _ => false,
    };

    /// <summary>Takes note of a result that was given.</summary>
    public void Note(CachedResult given)
    {
        if (given.At < At)
            (_at, _oldest) = (given.At, given.Version);
        _oldest ??= given.Version;
        _notBefore = given.NotBefore < _notBefore ? _notBefore : given.NotBefore;
    }

    /// <summary>The earliest moment for the next live update: the same for all pages that share results, so that they meet again.</summary>
    /// <param name="end">When the load ended.</param>
    /// <param name="took">How long it took.</param>
    public DateTimeOffset NotBefore(DateTimeOffset end, TimeSpan took) => _notBefore ?? end + (took * CachedResult.Share);

    /// <summary>True when jobs were recorded that the results may lack.</summary>
    public bool Misses(LiveState current) => _oldest is not null && !ReferenceEquals(_oldest, current);
}
