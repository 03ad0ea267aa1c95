using System.Net;
using System.Net.Sockets;

namespace Sanctum.Client.Connections;

/// <summary>The daemon's addresses, and which of them is next. Changed by one caller at a time.</summary>
internal sealed class Route(IReadOnlyList<EndPoint> addresses)
{
    // With another address to go to, one that says nothing is not waited for: a lost connection is made again within two seconds.
    private static readonly TimeSpan FirstRound = TimeSpan.FromSeconds(0.75);

    private int _at;

    /// <summary>Where the connection goes, or went.</summary>
    public EndPoint Current => addresses[_at];

    /// <summary>Whether there is another to try.</summary>
    public bool HasOthers => addresses.Count > 1;

    /// <summary>Has the next address tried first.</summary>
    public void GoOn() => _at = (_at + 1) % addresses.Count;

    /// <summary>Tries the addresses in turn, from the one that worked last; twice, where there are several: first briefly.</summary>
    /// <param name="open">Connects and signs in, within a time.</param>
    /// <param name="limit">The most that all of it may take.</param>
    public async Task<Session> OpenAsync(Func<EndPoint, TimeSpan, Task<Session>> open, TimeSpan limit)
    {
        if (!HasOthers)
        {
            return await open(Current, limit).ConfigureAwait(false);
        }

        var later = limit == Timeout.InfiniteTimeSpan ? limit : (limit - (FirstRound * addresses.Count)) / addresses.Count;
        List<(EndPoint Address, VaultException Failure)> failures = [];
        foreach (var each in (TimeSpan[])[limit == Timeout.InfiniteTimeSpan || FirstRound < limit ? FirstRound : limit, .. later == Timeout.InfiniteTimeSpan || later > FirstRound ? (TimeSpan[])[later] : []])
        {
            failures.Clear();
            for (var tried = 0; tried < addresses.Count; tried++, GoOn())
            {
                try
                {
                    return await open(Current, each).ConfigureAwait(false);
                }
                catch (VaultException failure) when (failure is VaultConnectionException or VaultLockedException or RateLimitedException || failure.IsForAnotherDaemon)
                {
                    failures.Add((Current, failure));
                }
            }

            // Only what took too long can be otherwise in the second round.
            if (!failures.Exists(failed => failed.Failure.InnerException is OperationCanceledException))
            {
                break;
            }
        }

        // What a daemon said is more than that another can't be reached.
        throw failures.Find(failed => failed.Failure is not VaultConnectionException).Failure ?? Errors.AllUnreachable(failures);
    }
}
