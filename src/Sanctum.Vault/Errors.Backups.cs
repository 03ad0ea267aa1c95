namespace Sanctum;

internal static partial class Errors
{
    public static VaultException NotABackup() => new(
        VaultErrorCode.Damaged,
        "that is not a backup of a vault",
        suggestion: "give the file that 'sanctum backup' wrote");

    public static VaultException SealedDuringBackup() => new(
        VaultErrorCode.VaultLocked,
        "the vault was sealed while it was being backed up, and what was written is no backup",
        suggestion: "unseal it, and take the backup again");

    public static VaultException BackupDamaged() => new(
        VaultErrorCode.Damaged,
        "the backup is damaged or cut short, and nothing was restored",
        suggestion: "use another backup");
}
