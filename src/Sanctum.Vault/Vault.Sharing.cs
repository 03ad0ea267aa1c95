using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum;

/// <summary>What is different where several daemons serve one vault, over a store that all of them write to.</summary>
public sealed partial class Vault
{
    // Another daemon may have changed the passphrase.
    private async Task RefreshKeyDocumentAsync(CancellationToken cancellationToken)
    {
        if (_store is not ISharedVaultStore)
        {
            return;
        }

        var found = KeyDocument.Parse(await Storing(() => _store.ReadKeyDocumentAsync(cancellationToken)).ConfigureAwait(false) ?? throw Errors.NoVault());
        _keyDocument = found.VaultId == Id ? found : throw Errors.AnotherVault();
    }

    // Once an operator has sealed the vault at another daemon. Whoever calls meanwhile is told that it is sealed.
    private void SealAsElsewhere() => _ = SealAsync("an operator sealed it at another daemon", CancellationToken.None);
}
