using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>How callers and operators get inside while the vault is unsealed, and out again before it is sealed.</summary>
public sealed partial class Vault
{
    /// <summary>Lets an operator in. Whoever was let in calls <see cref="UnsealedVault.Exit"/>.</summary>
    internal UnsealedVault Enter(Operator by)
    {
        ArgumentNullException.ThrowIfNull(by);
        if (by.Unrecorded is { } cause)
        {
            throw Errors.LoginUnrecorded(cause);
        }

        var unsealed = Volatile.Read(ref _unsealed);
        if (unsealed is null || !ReferenceEquals(unsealed, by.Unsealed) || unsealed.IsSealedElsewhere || !unsealed.TryEnter())
        {
            throw Errors.VaultLocked();
        }

        Touch();
        return unsealed;
    }

    internal async Task<T> InsideAsync<T>(Operator by, Func<UnsealedVault, Task<T>> body)
    {
        var unsealed = Enter(by);
        try
        {
            return await Storing(() => body(unsealed)).ConfigureAwait(false);
        }
        finally
        {
            unsealed.Exit();
        }
    }

    /// <summary>Lets an operator in who looks at what all daemons have written up to now.</summary>
    internal Task<T> LookAsync<T>(Operator by, Func<UnsealedVault, Task<T>> body) => InsideAsync(by, unsealed => FromNowAsync(unsealed, body));

    /// <summary>Lets an operator in, one at a time: what the body checks still holds when it writes.</summary>
    internal Task<T> ChangeAsync<T>(Operator by, CancellationToken cancellationToken, Func<UnsealedVault, Task<T>> body) =>
        InsideAsync(by, async unsealed =>
        {
            await unsealed.Changing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await FromNowAsync(unsealed, body).ConfigureAwait(false);
            }
            finally
            {
                unsealed.Changing.Release();
            }
        });

    /// <summary>The same for a credential, one at a time of each: changes of different ones are committed together.</summary>
    internal Task<T> ChangeAsync<T>(Operator by, CredentialPath path, CancellationToken cancellationToken, Func<UnsealedVault, Task<T>> body) =>
        InsideAsync(by, unsealed => unsealed.Paths.HoldingAsync(path, () => FromNowAsync(unsealed, body), cancellationToken));

    // That something is not there, or is there already, is said by what other daemons have written up to now.
    private static async Task<T> FromNowAsync<T>(UnsealedVault unsealed, Func<UnsealedVault, Task<T>> body)
    {
        await unsealed.CatchUpAsync().ConfigureAwait(false);
        return await ChangedMeanwhileException.RetryAsync(() => body(unsealed)).ConfigureAwait(false);
    }

    private static async Task<T> Storing<T>(Func<Task<T>> body)
    {
        try
        {
            return await body().ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw Errors.StorageFailed(failure);
        }
    }

    private async Task<T> InsideAsync<T>(Caller caller, Func<UnsealedVault, Task<T>> body)
    {
        var unsealed = EnterFor(caller);
        try
        {
            return await body(unsealed).ConfigureAwait(false);
        }
        catch (StoreException failure)
        {
            throw Errors.StorageFailed(failure);
        }
        catch (OperationCanceledException) when (unsealed.Sealing.IsCancellationRequested)
        {
            throw Errors.VaultLocked();
        }
        catch (OperationCanceledException) when (caller.Session.Ended.IsCancellationRequested)
        {
            throw caller.Session.WhyOver();
        }
        finally
        {
            unsealed.Exit();
        }
    }

    // Whoever was let in leaves by UnsealedVault.Exit.
    private UnsealedVault EnterFor(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var unsealed = Volatile.Read(ref _unsealed) ?? throw Errors.VaultLocked();
        caller.Session.Require();
        if (!ReferenceEquals(unsealed, caller.Session.Unsealed))
        {
            throw Errors.SessionExpired();
        }

        if (unsealed.Others.IsCutOff)
        {
            throw unsealed.Others.Refusal;
        }

        if (unsealed.IsSealedElsewhere || !unsealed.TryEnter())
        {
            throw Errors.VaultLocked();
        }

        Touch();
        return unsealed;
    }

    private void Touch() => Interlocked.Exchange(ref _lastActivity, _clock.Now.UtcTicks);
}
