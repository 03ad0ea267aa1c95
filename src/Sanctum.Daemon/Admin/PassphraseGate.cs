namespace Sanctum.Daemon.Admin;

/// <summary>
/// Lets passphrases be tried one at a time, and after wrong ones only slowly: an agent of the same user reaches the admin socket
/// too, and must not be able to guess.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class PassphraseGate(TimeProvider time) : IDisposable
{
    // 0.25 s after the first wrong one, doubling up to 8 s: a few slips cost nothing, a guesser gets 10,000 tries a day.
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.25);
    private const int MostDoublings = 5;
    private const int MostWaiting = 4;

    private readonly SemaphoreSlim _one = new(1);
    private int _waiting;
    private int _wrong;

    /// <summary>Runs what proves a passphrase.</summary>
    /// <exception cref="OperatorException">Too many are waiting to be tried already.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> prove, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new OperatorException(
                OperatorErrors.RateLimited,
                "too many passphrases are being tried at once",
                "wait a few seconds; if this was not you, another process of this user is guessing");
        }

        try
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await ProveAsync(prove, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _one.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<T> ProveAsync<T>(Func<Task<T>> prove, CancellationToken cancellationToken)
    {
        // Before the attempt, not after it: hanging up must not save the wait.
        if (_wrong > 0)
        {
            await Task.Delay(FirstDelay * (1 << Math.Min(_wrong - 1, MostDoublings)), time, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var proved = await prove().ConfigureAwait(false);
            _wrong = 0;
            return proved;
        }
        catch (VaultException wrong) when (wrong.Code == VaultErrorCode.AuthFailed)
        {
            _wrong++;
            throw;
        }
        catch (OperatorException wrong) when (wrong.Code == OperatorErrors.AuthFailed)
        {
            _wrong++;
            throw;
        }
    }
}
