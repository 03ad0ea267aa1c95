using System.Collections.Concurrent;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary>What the daemon has said that it did. None of it may ever be missing again.</summary>
internal sealed class Acknowledged
{
    private int _count;

    /// <summary>Credentials that were stored, once each, with their values.</summary>
    public ConcurrentDictionary<string, string> Stored { get; } = new();

    /// <summary>Those of them whose values have been looked at.</summary>
    public HashSet<string> Checked { get; } = [];

    /// <summary>Credentials that were stored and then removed.</summary>
    public ConcurrentDictionary<string, bool> Removed { get; } = new();

    /// <summary>Leases on which a secret left.</summary>
    public ConcurrentDictionary<string, bool> Leases { get; } = new();

    /// <summary>Paths, each asked for once, that were refused: a refusal is an entry of the log too.</summary>
    public ConcurrentDictionary<string, bool> Refused { get; } = new();

    /// <summary>The highest number that was stored in the one credential which is updated again and again.</summary>
    public int Counter;

    /// <summary>Signatures made.</summary>
    public int Signed;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts one more; <paramref name="enough"/> is called at the <paramref name="limit"/>th.</summary>
    public void Took(int limit, Action enough)
    {
        if (Interlocked.Increment(ref _count) == limit)
        {
            enough();
        }
    }
}
