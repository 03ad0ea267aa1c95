using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Admin;

/// <summary>The vault opened in this process, for commands while no daemon runs.</summary>
public static class OperatorSession
{
    /// <summary>Opens a vault's folder under its exclusive lock, and unseals it. Disposing the result seals it and lets go of the lock.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="passphrase">The passphrase, in UTF-8; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperatorException">There is no vault, it is in use or damaged, or the passphrase is wrong.</exception>
    public static async Task<IOperatorApi> OpenLocalAsync(
        string directory,
        ReadOnlyMemory<byte> passphrase,
        CancellationToken cancellationToken = default)
    {
        OpenedVault? opened = null;
        try
        {
            var options = DaemonConfigFile.Read(directory).ToVaultOptions(TimeProvider.System, directory);
            opened = await OpenedVault.OpenAsync(directory, options, cancellationToken).ConfigureAwait(false);
            var by = await opened.Vault.UnsealAsync(passphrase, cancellationToken).ConfigureAwait(false);
            return new VaultOperator(opened.Vault, by, opened);
        }
        catch (Exception failure)
        {
            if (opened is not null)
            {
                await opened.DisposeAsync().ConfigureAwait(false);
            }

            if (failure is not OperationCanceledException && OperatorErrors.TryTranslate(failure, out var translated))
            {
                throw translated;
            }

            throw;
        }
    }
}
