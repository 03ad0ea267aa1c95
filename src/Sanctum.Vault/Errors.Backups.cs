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

    public static VaultException BackupDamaged() => new(
        VaultErrorCode.Damaged,
        "the backup is damaged or truncated; nothing was restored",
        suggestion: "use another backup");
}
