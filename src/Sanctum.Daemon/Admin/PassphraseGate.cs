namespace Sanctum.Daemon.Admin;

/// <summary>
/// Lets passphrases be tried one at a time, and after wrong ones only slowly: an agent of the same user reaches the admin socket too, and must not be
/// able to guess. Who guessed wrong waits, and nobody else does: a process for its own wrong ones, and its children for those of other children, so that a
/// new process for each guess saves nothing. After many wrong ones of anybody, processes that have proved nothing yet are tried once a second.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PassphraseGate(TimeProvider time) : IDisposable
{
    private const int MostWaitingOfOne = 4;
    private const int MostWaiting = 64;

    // A family is forgiven a slip in each of some commands.
    private const int SlipsOfFamily = 3;
    private const int SlipsOfAll = 10;
    private const int MostKnown = 64;
    private const int MostRemembered = 1024;

    // 86,400 tries a day, from however many processes.
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<ProcessIdentity, Guesser> _processes = [];
    private readonly Dictionary<ProcessIdentity, Guesser> _families = [];
    private readonly Queue<ProcessIdentity> _known = new();
    private readonly SemaphoreSlim _strangers = new(1);
    private readonly SemaphoreSlim _one = new(1);
    private int _inside;
    private int _wrong;
    private long _wrongAt;

    /// <summary>Runs what proves a passphrase.</summary>
    /// <param name="peer">Who tries it.</param>
    /// <param name="prove">Fails with AUTH_FAILED when it is wrong.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="OperatorException">Too many are waiting to be tried already.</exception>
    public async Task<T> TryAsync<T>(OperatorPeer peer, Func<Task<T>> prove, CancellationToken cancellationToken)
    {
        var (process, family) = Enter(peer);
        try
        {
            // Before the attempt, not after it: hanging up must not save the wait.
            return await InTurnAsync(process, () => InTurnAsync(family, () => AmongAllAsync(peer, process, family, prove, cancellationToken), cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Leave(process, family);
        }
    }

    public void Dispose()
    {
        _strangers.Dispose();
        _one.Dispose();
        foreach (var guesser in _processes.Values.Concat(_families.Values))
        {
            guesser.Dispose();
        }
    }

    private async Task<T> InTurnAsync<T>(Guesser guesser, Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        await guesser.WaitAsync(time, cancellationToken).ConfigureAwait(false);
        try
        {
            return await attempt().ConfigureAwait(false);
        }
        finally
        {
            guesser.Release();
        }
    }

    // Whoever has proved the passphrase before, or comes from the shell of one who has, does not stand in line with those who have not.
    private async Task<T> AmongAllAsync<T>(OperatorPeer peer, Guesser process, Guesser family, Func<Task<T>> prove, CancellationToken cancellationToken)
    {
        if (IsKnown(peer))
        {
            return await AloneAsync(_one, () => ProveAsync(peer, process, family, prove), cancellationToken).ConfigureAwait(false);
        }

        return await AloneAsync(
            _strangers,
            async () =>
            {
                await SpaceAsync(cancellationToken).ConfigureAwait(false);
                return await AloneAsync(_one, () => ProveAsync(peer, process, family, prove), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<T> AloneAsync<T>(SemaphoreSlim one, Func<Task<T>> run, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await run().ConfigureAwait(false);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<T> ProveAsync<T>(OperatorPeer peer, Guesser process, Guesser family, Func<Task<T>> prove)
    {
        try
        {
            var proved = await prove().ConfigureAwait(false);
            Right(peer, process, family);
            return proved;
        }
        catch (Exception wrong) when (wrong is VaultException { Code: VaultErrorCode.AuthFailed } || (wrong as OperatorException)?.Code == OperatorErrors.AuthFailed)
        {
            Wrong(process, family);
            throw;
        }
    }

    private Task SpaceAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var since = time.GetElapsedTime(_wrongAt);
            _wrong = since > TimeSpan.FromMinutes(1) ? 0 : _wrong;
            wait = _wrong > SlipsOfAll ? Spacing - since : TimeSpan.Zero;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }

    private (Guesser Process, Guesser Family) Enter(OperatorPeer peer)
    {
        lock (_gate)
        {
            Forget(_processes);
            Forget(_families);
            var process = Find(_processes, peer.Process, free: 0);
            if (process.Inside >= MostWaitingOfOne || (_inside >= MostWaiting && !IsKnown(peer)))
            {
                throw new OperatorException(
                    OperatorErrors.RateLimited,
                    "too many passphrases are being tried at once",
                    "wait a few seconds; if this was not you, another process of this user is guessing");
            }

            var family = Find(_families, peer.Parent, SlipsOfFamily);
            (_inside, process.Inside, family.Inside) = (_inside + 1, process.Inside + 1, family.Inside + 1);
            return (process, family);
        }
    }

    private void Leave(Guesser process, Guesser family)
    {
        lock (_gate)
        {
            (_inside, process.Inside, family.Inside) = (_inside - 1, process.Inside - 1, family.Inside - 1);
        }
    }

    private void Right(OperatorPeer peer, Guesser process, Guesser family)
    {
        lock (_gate)
        {
            process.Right();
            family.Right();
            foreach (var known in (ProcessIdentity[])[peer.Process, peer.Parent])
            {
                // Process 1 is the parent of whatever has lost its own.
                if (known.Id > 1 && known.StartedAt > 0 && !_known.Contains(known))
                {
                    _known.Enqueue(known);
                }
            }

            while (_known.Count > MostKnown)
            {
                _known.Dequeue();
            }
        }
    }

    private void Wrong(Guesser process, Guesser family)
    {
        lock (_gate)
        {
            // A process that goes on guessing is delayed for itself: its siblings are not.
            if (process.IsInnocent)
            {
                family.Wrong(time);
            }

            process.Wrong(time);
            (_wrong, _wrongAt) = (_wrong + 1, time.GetTimestamp());
        }
    }

    private bool IsKnown(OperatorPeer peer)
    {
        lock (_gate)
        {
            return _known.Contains(peer.Process) || _known.Contains(peer.Parent);
        }
    }

    private void Forget(Dictionary<ProcessIdentity, Guesser> guessers)
    {
        if (guessers.Count < MostRemembered)
        {
            return;
        }

        foreach (var (identity, guesser) in guessers)
        {
            if (guesser.IsOver(time, Remembered))
            {
                guessers.Remove(identity);
            }
        }
    }

    private static Guesser Find(Dictionary<ProcessIdentity, Guesser> guessers, ProcessIdentity identity, int free)
    {
        if (!guessers.TryGetValue(identity, out var guesser))
        {
            guessers[identity] = guesser = new Guesser(free);
        }

        return guesser;
    }
}
