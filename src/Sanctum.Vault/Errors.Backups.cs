namespace Sanctum;

internal static partial class Errors
{
    public static VaultException NotABackup() => new(
        VaultErrorCode.Damaged,
        "this file is not a backup of a vault",
        suggestion: "name a file that 'sanctum backup' wrote");

    public static VaultException SealedDuringBackup() => new(
        VaultErrorCode.VaultLocked,
        "the vault was sealed during the backup; what was written can't be restored",
        suggestion: "unseal the vault and back it up again");

    public static VaultException CopyDiffers() => new(
        VaultErrorCode.Damaged,
        "the copy is not the same as the vault; the vault was not moved",
        suggestion: "try again while nothing else uses the vault or the copy; if it happens again, check the disks");

    public static VaultException BackupDamaged() => new(
        VaultErrorCode.Damaged,
        "the backup is damaged or truncated; nothing was restored",
        suggestion: "use another backup");
}
