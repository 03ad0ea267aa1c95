using System.Collections.Concurrent;
using System.Globalization;
using Sanctum.Sealing;

namespace Sanctum.Audit;

/// <summary>What is limited for itself in the log.</summary>
internal enum Tallied
{
    /// <summary>Calls of one agent that were refused or failed.</summary>
    Refusals,

    /// <summary>Lists of one agent.</summary>
    Lists,

    /// <summary>Sessions of one agent that were opened or closed.</summary>
    Sessions,

    /// <summary>Failed sign-ins from one source.</summary>
    FailedSignIns,

    /// <summary>Tokens from one source that are no run's and no session's.</summary>
    WrongTokens,
}

/// <summary>
/// Keeps whoever can cause entries without using a credential from filling the log. A number of them in a minute are written one by one; more are counted,
/// and each kind of them is one entry. It is written at once when it begins, so that it shows whatever happens next. It is written again with the number
/// when the minute has ended, when the log is read, and when the vault is sealed.
/// </summary>
internal sealed class EntryTally : IAsyncDisposable
{
    // Agents are registered by the operator. Sources are not: those that find no room any more share one place.
    private const int MaxPlaces = 10_000;
    private const string Others = "others";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly UnsealedVault _vault;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Whose, Tallied What), Place> _places = new();
    private readonly ITimer _timer;

    public EntryTally(UnsealedVault vault)
    {
        (_vault, _time) = (vault, vault.Options.TimeProvider);
        _timer = _time.CreateTimer(_ => Tick(), null, Interval, Interval);
    }

    /// <summary>Whether an entry is to be written by itself. If not, it has been counted.</summary>
    /// <param name="whose">The agent or source that caused it.</param>
    /// <param name="what">What it is limited as.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="wait">If not, how long until the minute is over.</param>
    public bool TryTake(string whose, Tallied what, AuditEntry entry, out TimeSpan wait)
    {
        var most = what is Tallied.FailedSignIns or Tallied.WrongTokens ? _vault.Options.MaxFailedSignInsPerMinute : _vault.Options.MaxRecordedPerMinute;
        while (true)
        {
            var place = PlaceOf(whose, what);
            lock (place)
            {
                if (!place.IsGone)
                {
                    return TryTake(place, most, entry, out wait);
                }
            }
        }
    }

    /// <summary>Leaves with the journal whatever was counted so far.</summary>
    public void AppendAll()
    {
        foreach (var place in _places.Values)
        {
            lock (place)
            {
                Append(place);
            }
        }
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private Place PlaceOf(string whose, Tallied what)
    {
        if (_places.TryGetValue((whose, what), out var known))
        {
            return known;
        }

        var owner = what is (Tallied.FailedSignIns or Tallied.WrongTokens) && _places.Count >= MaxPlaces ? Others : whose;
        return _places.GetOrAdd((owner, what), key => new Place(key.Whose, _time.GetTimestamp()));
    }

    private bool TryTake(Place place, int most, AuditEntry entry, out TimeSpan wait)
    {
        if (IsOver(place))
        {
            Append(place);
            (place.Since, place.Written) = (_time.GetTimestamp(), 0);
        }

        wait = TimeSpan.Zero;
        if (place.Written < most)
        {
            place.Written++;
            return true;
        }

        wait = Minute - _time.GetElapsedTime(place.Since);
        if (place.Count(entry) is { } first)
        {
            Append(first);
        }

        return false;
    }

    private bool IsOver(Place place) => _time.GetElapsedTime(place.Since) >= Minute;

    private void Tick()
    {
        if (!_vault.TryEnter())
        {
            // Sealing does it.
            return;
        }

        try
        {
            foreach (var (key, place) in _places)
            {
                lock (place)
                {
                    if (IsOver(place) && Append(place))
                    {
                        place.IsGone = true;
                        _places.TryRemove(key, out _);
                    }
                }
            }
        }
        finally
        {
            _vault.Exit();
        }
    }

    // Whether all of it is with the journal. What is not stays counted.
    private bool Append(Place place)
    {
        foreach (var counted in place.More.Values)
        {
            if (!Append(counted))
            {
                return false;
            }
        }

        place.More.Clear();
        return true;
    }

    private bool Append(Counted counted)
    {
        if (counted.Number == 0)
        {
            return true;
        }

        try
        {
            _vault.Journal.Append(counted.ToEntry(_vault.Now));
            counted.Number = 0;
            return true;
        }
        catch (VaultException failure) when (failure.Code == VaultErrorCode.StorageFailed)
        {
            // The store takes nothing more, which whoever waits for an entry is told.
            return false;
        }
    }

    /// <summary>One agent's or source's, in one minute.</summary>
    private sealed class Place(string whose, long since)
    {
        public long Since { get; set; } = since;

        public int Written { get; set; }

        /// <summary>Whether it is not in the table any more.</summary>
        public bool IsGone { get; set; }

        public Dictionary<Kind, Counted> More { get; } = [];

        /// <returns>What it was counted as, if it is the first of its kind.</returns>
        public Counted? Count(AuditEntry entry)
        {
            var kind = new Kind(entry.Action, entry.Outcome, entry.Reason);
            var known = More.TryGetValue(kind, out var counted);
            counted ??= More[kind] = new Counted(whose, entry);
            counted.Number++;
            counted.Since = counted.Number == 1 ? entry.Time : counted.Since;
            return known ? null : counted;
        }
    }

    private readonly record struct Kind(string Action, AuditOutcome Outcome, VaultErrorCode? Reason);

    /// <summary>So many of a kind, as the first of them was.</summary>
    private sealed class Counted(string whose, AuditEntry first)
    {
        // Failures are counted by where they come from, whatever names they give.
        private readonly bool _failedSignIn = first is { Action: AuditActions.SessionOpen, Outcome: AuditOutcome.Denied };

        public long Number { get; set; }

        public DateTimeOffset Since { get; set; }

        public AuditEntry ToEntry(DateTimeOffset now)
        {
            var details = new Dictionary<string, string>
            {
                ["calls"] = Number.ToString(CultureInfo.InvariantCulture),
                ["since"] = Since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                [_failedSignIn ? "source" : "limit"] = _failedSignIn ? whose : "recorded_per_minute",
            };
            if (_failedSignIn && first.Details?.TryGetValue("way", out var way) == true)
            {
                details["way"] = way;
            }

            return Of(now, details);
        }

        private AuditEntry Of(DateTimeOffset now, Dictionary<string, string> details) => new()
        {
            Time = now,
            Actor = _failedSignIn ? Actors.Unnamed : first.Actor,
            Action = first.Action,
            Outcome = first.Outcome,
            Reason = first.Reason,
            Details = details,
        };
    }
}
