using Sanctum.Audit;

namespace Sanctum.Sealing;

/// <summary>Tidies up what is past its time, every ten seconds while the vault is unsealed. It was worth nothing already; this is so that it does not pile up.</summary>
internal abstract class Sweep : IAsyncDisposable
{
    private readonly ITimer _timer;
    private int _running;

    protected Sweep(UnsealedVault vault)
    {
        Vault = vault;
        _timer = vault.Options.TimeProvider.CreateTimer(_ => _ = RunAsync(), null, Interval, Interval);
    }

    public static TimeSpan Interval { get; } = TimeSpan.FromSeconds(10);

    protected UnsealedVault Vault { get; }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    /// <summary>Tidies up some of it.</summary>
    /// <returns>Whether there may be more.</returns>
    protected abstract Task<bool> TidyAsync();

    private async Task RunAsync()
    {
        if (Interlocked.Exchange(ref _running, 1) != 0)
        {
            return;
        }

        try
        {
            // Inside for one batch at a time: sealing waits for that one only.
            while (Vault.TryEnter())
            {
                if (!await TidyInsideAsync().ConfigureAwait(false))
                {
                    return;
                }
            }
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private async Task<bool> TidyInsideAsync()
    {
        try
        {
            return await TidyAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false; // It is being sealed.
        }
        catch (ChangedMeanwhileException)
        {
            return false; // Another daemon tidies up the same.
        }
        catch (VaultException failure) when (failure.Code is VaultErrorCode.StorageFailed or VaultErrorCode.Damaged)
        {
            // The store is in trouble, which the next caller is told. What is over is over all the same, and the next sweep tries again.
            return false;
        }
        finally
        {
            Vault.Exit();
        }
    }
}
