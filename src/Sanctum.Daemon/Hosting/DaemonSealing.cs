using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Sealing;

namespace Sanctum.Daemon.Hosting;

/// <summary>Unseals and seals the daemon's vault; no operator token outlives a seal.</summary>
internal sealed class DaemonSealing(Vault vault, OperatorTokens tokens, ILogger<DaemonSealing> log)
{
    public async Task<Operator> UnsealAsync(ReadOnlyMemory<byte> passphrase, CancellationToken cancellationToken)
    {
        var wasSealed = vault.IsSealed;
        try
        {
            var by = await vault.UnsealAsync(passphrase, cancellationToken).ConfigureAwait(false);
            if (wasSealed)
            {
                log.Unsealed();
                foreach (var damage in by.Damage)
                {
                    log.Damaged(damage);
                }
            }

            return by;
        }
        catch (VaultException wrong) when (wrong.Code == VaultErrorCode.AuthFailed)
        {
            log.WrongPassphrase();
            throw;
        }
    }

    public async Task<SealReport> SealAsync(string reason)
    {
        tokens.Clear();
        var report = await vault.SealAsync(reason).ConfigureAwait(false);
        if (report.Changed)
        {
            log.Sealed(reason);
        }

        if (report.NotRecorded is { } cause)
        {
            log.SealingUnrecorded(cause.Message);
        }

        return report;
    }
}
