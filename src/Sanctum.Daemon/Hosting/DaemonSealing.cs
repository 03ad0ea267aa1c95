using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Sealing;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// Unseals and seals the daemon's vault; no operator token outlives a seal. Where no seal provider opens the vault when the daemon starts, they are tried again. That
/// goes on until somebody unseals the vault, an operator seals it, or the daemon stops.
/// </summary>
internal sealed class DaemonSealing : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly Vault _vault;
    private readonly OperatorTokens _tokens;
    private readonly TimeProvider _time;
    private readonly ILogger<DaemonSealing> _log;
    private readonly CancellationTokenSource _trying = new();
    private Task _retrying = Task.CompletedTask;
    private IReadOnlyList<string> _providerFailures = [];

    public DaemonSealing(Vault vault, OperatorTokens tokens, TimeProvider time, ILogger<DaemonSealing> log)
    {
        (_vault, _tokens, _time, _log) = (vault, tokens, time, log);
        vault.SealedElsewhere += report => Note("an operator sealed it at another daemon", report);
    }

    public async Task<Operator> UnsealAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var wasSealed = _vault.IsSealed;
        try
        {
            var by = await _vault.UnsealAsync(passphrase, cancellationToken).ConfigureAwait(false);
            StopTrying();
            if (wasSealed)
            {
                _log.Unsealed();
                foreach (var damage in by.Damage)
                {
                    _log.Damaged(damage);
                }
            }

            return by;
        }
        catch (VaultException wrong) when (wrong.Code == VaultErrorCode.AuthFailed)
        {
            _log.WrongPassphrase();
            throw;
        }
    }

    /// <summary>Why the seal providers did not open the vault the last time, a sentence each; none once it is unsealed. They are warnings of the daemon's status and, at start, of its log.</summary>
    public IReadOnlyList<string> ProviderFailures => _vault.IsSealed ? Volatile.Read(ref _providerFailures) : [];

    /// <summary>Unseals the vault by its seal providers, if it has any that can; and where it has some and none can, tries them again later.</summary>
    public async Task UnsealByProvidersAsync(CancellationToken cancellationToken)
    {
        if (await TryProvidersAsync(cancellationToken).ConfigureAwait(false))
        {
            _retrying = Task.Run(KeepTryingAsync, CancellationToken.None);
        }
    }

    /// <summary>Tries seal providers no more.</summary>
    public void StopTrying() => _trying.Cancel();

    public async Task<SealReport> SealAsync(string reason)
    {
        // Before all else, also where the vault is sealed: whoever seals it wants it to stay so.
        StopTrying();
        _tokens.Clear();
        var report = await _vault.SealAsync(reason).ConfigureAwait(false);
        Note(reason, report);
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        StopTrying();
        await _retrying.ConfigureAwait(false);
        _trying.Dispose();
    }

    private async Task KeepTryingAsync()
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause, _time, _trying.Token).ConfigureAwait(false);
                var before = _providerFailures;
                if (!await TryProvidersAsync(_trying.Token).ConfigureAwait(false))
                {
                    return;
                }

                Tell(before);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (VaultException failure)
            {
                // The database, most likely, which may be back the next time.
                var before = _providerFailures;
                Volatile.Write(ref _providerFailures, [$"seal providers could not be tried: {failure.Message}"]);
                Tell(before);
            }
            catch (Exception failure)
            {
                _log.TryingFailed(failure);
            }
        }
    }

    // Whether it is worth another try.
    private async Task<bool> TryProvidersAsync(CancellationToken cancellationToken)
    {
        var unsealing = await _vault.UnsealByProvidersAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(
            ref _providerFailures,
            [.. unsealing.Failed.Select(it => $"seal provider '{it.Name}' ({it.Type}) did not open the vault: {it.Reason}{(it.Suggestion is { } advice ? $"; {advice}" : "")}")]);
        if (unsealing.OpenedBy is { } provider)
        {
            _log.UnsealedByProvider(provider);
            foreach (var damage in unsealing.Damage)
            {
                _log.Damaged(damage);
            }

            return false;
        }

        // Damage stays damage, and what an operator has sealed stays sealed.
        if (unsealing.Failed.Any(it => it.VaultFailure is not (null or VaultErrorCode.StorageFailed)))
        {
            _log.ProvidersGivenUp();
            return false;
        }

        return unsealing.Failed is not [] && !cancellationToken.IsCancellationRequested;
    }

    // A failure that goes on is told once.
    private void Tell(IReadOnlyList<string> before)
    {
        foreach (var failure in _providerFailures.Except(before, StringComparer.Ordinal))
        {
            _log.ProviderFailed(failure);
        }
    }

    private void Note(string reason, SealReport report)
    {
        StopTrying();
        _tokens.Clear();
        if (report.Changed)
        {
            _log.Sealed(reason);
        }

        if (report.NotRecorded is { } cause)
        {
            _log.SealingUnrecorded(cause.Message);
        }
    }
}
