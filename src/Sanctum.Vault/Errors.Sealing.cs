using Sanctum.Storage;

namespace Sanctum;

internal static partial class Errors
{
    public static VaultException VaultLocked() => new(
        VaultErrorCode.VaultLocked,
        "the vault is sealed",
        suggestion: "ask the operator to unseal it: sanctum unseal");

    public static VaultException WrongPassphrase() => new(
        VaultErrorCode.AuthFailed,
        "the passphrase is not this vault's",
        suggestion: "try again; there is no way to reset it");

    public static VaultException VaultExists() => new(
        VaultErrorCode.Conflict,
        "there is a vault here already, and it was left as it is",
        suggestion: "choose another folder, or use the vault that is there");

    public static VaultException NoVault() => new(
        VaultErrorCode.NotFound,
        "there is no vault here",
        suggestion: "make one: sanctum init");

    public static VaultException SealDamaged(Exception? inner = null) => new(
        VaultErrorCode.Damaged,
        "the vault's seal document is damaged, and nothing was changed",
        suggestion: "restore the vault from a backup",
        inner: inner);

    public static VaultException NewerVersion(int found, int known) => new(
        VaultErrorCode.UnsupportedVersion,
        $"the vault has format version {found}, and this program reads up to {known}; nothing was changed",
        suggestion: "use a newer sanctum");

    public static VaultException Damaged(string what) => new(
        VaultErrorCode.Damaged,
        $"the vault's files are damaged or were changed: {what}; nothing was changed now",
        suggestion: "restore the vault from a backup, and find out who wrote to the files");

    public static VaultException StorageFailed(StoreException cause) => new(
        cause.Reason switch
        {
            StoreFailure.Damaged => VaultErrorCode.Damaged,
            StoreFailure.NewerVersion => VaultErrorCode.UnsupportedVersion,
            _ => VaultErrorCode.StorageFailed,
        },
        cause.Reason is StoreFailure.Full ? "there is no room left to record this call, so it was refused" : $"the vault can't be written or read: {cause.Message}",
        suggestion: cause.Reason is StoreFailure.Full ? "free some room on the vault's disk and try again" : "look at the vault's disk; what was acknowledged before is kept",
        inner: cause);
}
