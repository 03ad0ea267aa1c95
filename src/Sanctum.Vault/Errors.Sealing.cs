using Sanctum.Credentials;
using Sanctum.Storage;

namespace Sanctum;

internal static partial class Errors
{
    private const int MostNamed = 20;

    public static VaultException VaultLocked() => new(
        VaultErrorCode.VaultLocked,
        "the vault is sealed",
        suggestion: "ask the operator to unseal it: sanctum unseal");

    public static VaultException WrongPassphrase(VaultException? unrecorded = null) => new(
        VaultErrorCode.AuthFailed,
        unrecorded is null ? "the passphrase is not this vault's" : $"the passphrase is not this vault's, and this could not be recorded ({unrecorded.Message})",
        suggestion: "try again; there is no way to reset it",
        inner: unrecorded);

    public static VaultException LoginUnrecorded(VaultException cause) => new(
        VaultErrorCode.StorageFailed,
        $"the login could not be recorded, so it is good for sealing and stopping only ({cause.Message})",
        suggestion: cause.Suggestion,
        inner: cause);

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

    /// <summary>One credential's secret does not open, or is not there. The operator has to know which; the agent is told too, as it may use it.</summary>
    public static VaultException SecretDamaged(CredentialPath path, int version, string how) => new(
        VaultErrorCode.CredentialDamaged,
        $"the secret of '{path}', version {version}, is damaged: {how}; nothing was changed now",
        suggestion: "tell the operator, who can store this credential again; all others are served as before",
        context: new Dictionary<string, object> { ["path"] = path.Value });

    public static VaultException PartsDamaged(IReadOnlyList<string> damage) => new(
        VaultErrorCode.Damaged,
        $"{string.Join("; ", damage.Take(MostNamed))}{(damage.Count > MostNamed ? $"; and {damage.Count - MostNamed} more" : "")}",
        suggestion: "use another backup, or take this with its damage, which is named: --damaged");

    public static VaultException CheckpointAhead(long noted, long entries) => new(
        VaultErrorCode.Damaged,
        $"the checkpoint is of entry {noted}, and the audit log has {entries}: the vault was put back to an earlier state, or the checkpoint is another vault's",
        suggestion: "find out who put it back; everything after the last entry is unknown to this vault");

    public static VaultException CheckpointDiffers(long noted) => new(
        VaultErrorCode.Damaged,
        $"audit entry {noted} is not the one that the checkpoint was noted of: the vault was put back to an earlier state and used since, or the checkpoint is another vault's",
        suggestion: "find out who put it back; compare with earlier checkpoints to see how far");

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
