using System.Security.Cryptography;
using Sanctum.Crypto;

namespace Sanctum.Egress.Scrubbing;

/// <summary>
/// The needles of secrets that were sent lately. Making one costs more than all else that is done for a small request, so the next request with the same secret uses it
/// again. Each is zeroed <see cref="Time"/> after its last use, and when the vault is sealed. For many threads.
/// </summary>
/// <param name="time">Says how late it is.</param>
internal sealed class KeptNeedles(TimeProvider time) : IDisposable
{
    /// <summary>How many are kept.</summary>
    public const int Most = 64;

    /// <summary>The longest secret whose needle is kept, in bytes: that of a longer one is large.</summary>
    public const int Longest = 1024;

    /// <summary>How long one is kept without being used.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<Kept> _all = [];
    private ITimer? _sweep;
    private bool _disposed;

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _all.Count;
            }
        }
    }

    /// <summary>The needle of a secret: one that is there, or a new one. To be given back.</summary>
    public Kept Take(ReadOnlySpan<byte> secret)
    {
        lock (_lock)
        {
            if (Find(secret) is { } there)
            {
                there.Users++;
                return there;
            }
        }

        // Two who come at once both make one: nobody waits for another's work.
        var made = new Kept(secret);
        lock (_lock)
        {
            if (!_disposed && Find(secret) is null && HasRoom())
            {
                _all.Add(made);
                _sweep ??= time.CreateTimer(static it => ((KeptNeedles)it!).Sweep(), this, Time, Time);
            }
            else
            {
                made.IsDropped = true;
            }
        }

        return made;
    }

    /// <summary>Gives one back.</summary>
    public void Return(Kept kept)
    {
        lock (_lock)
        {
            kept.UsedAt = time.GetTimestamp();
            if (--kept.Users > 0 || !kept.IsDropped)
            {
                return;
            }
        }

        kept.Dispose();
    }

    /// <summary>Zeroes all. One that is in use is zeroed when it is given back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _sweep?.Dispose();
            Drop(_ => true);
        }
    }

    private Kept? Find(ReadOnlySpan<byte> secret)
    {
        foreach (var kept in _all)
        {
            if (CryptographicOperations.FixedTimeEquals(kept.Secret, secret))
            {
                return kept;
            }
        }

        return null;
    }

    // Of those that nobody uses, the one whose last use is longest ago makes room.
    private bool HasRoom()
    {
        if (_all.Count >= Most && _all.Where(kept => kept.Users == 0).MinBy(kept => kept.UsedAt) is { } oldest)
        {
            Drop(kept => kept == oldest);
        }

        return _all.Count < Most;
    }

    private void Sweep()
    {
        lock (_lock)
        {
            Drop(kept => kept.Users == 0 && time.GetElapsedTime(kept.UsedAt) >= Time);
            if (_all.Count == 0)
            {
                _sweep?.Dispose();
                _sweep = null;
            }
        }
    }

    private void Drop(Predicate<Kept> which)
    {
        foreach (var kept in _all.FindAll(which))
        {
            kept.IsDropped = true;
            if (kept.Users == 0)
            {
                kept.Dispose();
            }
        }

        _all.RemoveAll(kept => kept.IsDropped);
    }

    /// <summary>One needle, and whose it is.</summary>
    public sealed class Kept(ReadOnlySpan<byte> secret) : IDisposable
    {
        private readonly SecretBytes _secret = new(secret);

        /// <summary>What it is the needle of.</summary>
        public ReadOnlySpan<byte> Secret => _secret.Span;

        public Needle Needle { get; } = new(secret);

        /// <summary>How many use it. Kept by <see cref="KeptNeedles"/>.</summary>
        public int Users { get; set; } = 1;

        /// <summary>When it was given back last. Kept by <see cref="KeptNeedles"/>.</summary>
        public long UsedAt { get; set; }

        /// <summary>Whether it is for those alone who have it. Kept by <see cref="KeptNeedles"/>.</summary>
        public bool IsDropped { get; set; }

        public void Dispose()
        {
            Needle.Dispose();
            _secret.Dispose();
        }
    }
}
