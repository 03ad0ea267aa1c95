using Sanctum.Sealing;

namespace Sanctum;

internal static partial class Errors
{
    public static VaultException InvalidSealProviderName() => InvalidParams(
        "name", $"a seal provider's name is 1 to 32 lower-case letters, digits and '-', and not '{SealProviderName.Passphrase}'");

    public static VaultException SealProviderExists(string name) => new(
        VaultErrorCode.Conflict, $"the vault already has a seal provider '{name}'", suggestion: "choose another name, or remove that one first");

    public static VaultException NoSealProvider(string name) => new(
        VaultErrorCode.NotFound,
        SealProviderName.IsValid(name) ? $"the vault has no seal provider '{name}'" : "the vault has no seal provider of that name",
        suggestion: "list them: sanctum seal-provider list");

    public static VaultException PassphraseStays() => new(
        VaultErrorCode.Conflict,
        "the passphrase can't be removed: it is the last way to open the vault, and operators prove themselves by it",
        suggestion: "change it instead: sanctum passphrase change");

    public static VaultException NoRoomForProvider() => new(
        VaultErrorCode.Conflict,
        "the vault's key document has no room for another seal provider",
        suggestion: "remove one first, or use shorter settings");

    public static VaultException SealProviderFailed(SealProviderInfo provider, SealProviderException cause) => new(
        VaultErrorCode.UpstreamFailed,
        $"the seal provider '{provider.Name}' ({provider.Type}) was not added: {cause.Message}",
        suggestion: cause.Suggestion,
        inner: cause);

    public static VaultException PassphraseChangedMeanwhile() => new(
        VaultErrorCode.AuthFailed,
        "the passphrase was changed meanwhile, so the seal provider was not added",
        suggestion: "add it again with the new passphrase");

    public static VaultException KeyDocumentReplaced() => new(
        VaultErrorCode.Damaged,
        "the vault's key document was changed, or an earlier one was put back: no seal provider opens it",
        suggestion: "unseal with the passphrase, find out who wrote to the vault's files, and add the seal providers again");

    /// <summary>The change took effect; what is uncertain is whether an earlier document would be noticed.</summary>
    public static VaultException KeyDocumentUnsettled(VaultException cause) => new(
        VaultErrorCode.StorageFailed,
        $"the change took effect, but the vault could not record that the earlier key document no longer counts ({cause.Message})",
        suggestion: "make room on the vault's disk; then seal and unseal the vault",
        inner: cause);
}
