using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Admin;

/// <summary>The vault opened in this process, for commands while no daemon runs. Disposing it seals the vault and lets go of its lock.</summary>
public sealed class OperatorSession : IAsyncDisposable
{
    private readonly OpenedVault _opened;

    private OperatorSession(OpenedVault opened, Operator by)
    {
        _opened = opened;
        Api = new VaultOperator(opened.Vault, by);
    }

    /// <summary>The operator's calls.</summary>
    public IOperatorApi Api { get; }

    /// <summary>Opens a vault's folder under its exclusive lock, and unseals it.</summary>
    /// <param name="directory">The vault's folder.</param>
    /// <param name="passphrase">The passphrase, in UTF-8; the caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperatorException">There is no vault, it is in use or damaged, or the passphrase is wrong.</exception>
    public static async Task<OperatorSession> OpenLocalAsync(
        string directory,
        ReadOnlyMemory<byte> passphrase,
        CancellationToken cancellationToken = default)
    {
        OpenedVault? opened = null;
        try
        {
            opened = await OpenedVault.OpenAsync(directory, DaemonConfigFile.Read(directory).ToVaultOptions(TimeProvider.System), cancellationToken).ConfigureAwait(false);
            return new OperatorSession(opened, await opened.Vault.UnsealAsync(passphrase, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            if (opened is not null)
            {
                await opened.DisposeAsync().ConfigureAwait(false);
            }

            if (OperatorErrors.TryTranslate(failure, out var translated))
            {
                throw translated;
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _opened.Vault.SealAsync("the command is done").ConfigureAwait(false);
        await _opened.DisposeAsync().ConfigureAwait(false);
    }
}
