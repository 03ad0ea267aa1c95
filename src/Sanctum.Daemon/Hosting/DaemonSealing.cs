using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;

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
            }

            return by;
        }
        catch (VaultException wrong) when (wrong.Code == VaultErrorCode.AuthFailed)
        {
            log.WrongPassphrase();
            throw;
        }
    }

    public async Task SealAsync(string reason)
    {
        tokens.Clear();
        if (!vault.IsSealed)
        {
            await vault.SealAsync(reason).ConfigureAwait(false);
            log.Sealed(reason);
        }
    }
}
