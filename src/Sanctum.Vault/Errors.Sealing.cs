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

    public static VaultException SealedElsewhere() => new(
        VaultErrorCode.VaultLocked,
        "the vault is sealed: an operator has just sealed it at another daemon",
        suggestion: "ask the operator to unseal it: sanctum unseal");

    public static VaultException WrongPassphrase(VaultException? unrecorded = null) => new(
        VaultErrorCode.AuthFailed,
        unrecorded is null ? "wrong passphrase" : $"wrong passphrase; the attempt could not be recorded ({unrecorded.Message})",
        suggestion: "try again; a passphrase can't be reset",
        inner: unrecorded);

    public static VaultException LoginUnrecorded(VaultException cause) => new(
        VaultErrorCode.StorageFailed,
        $"the login could not be recorded, so it can only seal the vault and stop the daemon ({cause.Message})",
        suggestion: cause.Suggestion,
        inner: cause);

    public static VaultException VaultExists() => new(
        VaultErrorCode.Conflict,
        "a vault already exists here; it was not changed",
        suggestion: "choose another folder, or use the existing vault");

    public static VaultException NoVault() => new(
        VaultErrorCode.NotFound,
        "there is no vault here",
        suggestion: "create one: sanctum init");

    public static VaultException KeyDocumentDamaged(Exception? inner = null) => new(
        VaultErrorCode.Damaged,
        "the vault's encrypted root key is damaged; nothing was changed",
        suggestion: "restore the vault from a backup",
        inner: inner);

    public static VaultException NewerVersion(int found, int known) => new(
        VaultErrorCode.UnsupportedVersion,
        $"the vault has format version {found}, but this program reads versions up to {known}; nothing was changed",
        suggestion: "upgrade sanctum");

    public static VaultException Damaged(string what) => new(
        VaultErrorCode.Damaged,
        $"the vault's files are damaged or were changed: {what}; this program changed nothing",
        suggestion: "restore the vault from a backup, and find out who wrote to the files");

    /// <summary>Some rows of the log did not open. What else was asked for has been given.</summary>
    public static VaultException LogDamaged(IReadOnlyCollection<long> rows) => Damaged(
        string.Join("; ", rows.Take(MostNamed).Select(LogRowDamaged)) + (rows.Count > MostNamed ? $"; and {rows.Count - MostNamed} more" : ""));

    public static VaultException AnotherVault() => new(
        VaultErrorCode.Damaged,
        "the database has another vault than the one that this daemon was started with; nothing was changed",
        suggestion: "check 'store' in config.json, then start the daemon again");

    public static VaultException CutOff() => new(
        VaultErrorCode.StorageFailed,
        "this daemon has not heard from the vault's database for a second, so it can't know what was withdrawn; nothing was done",
        suggestion: "try again shortly, or at another daemon",
        context: new Dictionary<string, object> { ["daemon"] = "no_database" });

    public static VaultException TurnedBack() => new(
        VaultErrorCode.Damaged,
        "the vault's database is behind what this daemon knows: it was rolled back, or a failover lost commits",
        suggestion: "compare 'sanctum audit verify' with a checkpoint and find out what was lost, then start the daemons again; nothing was changed");

    /// <summary>What is said of a row of the log that does not open: entries are numbered from 1.</summary>
    public static string LogRowDamaged(long first) => first < 1
        ? $"row {first} of the audit log was not written by the vault"
        : $"audit entry {first} can't be decrypted at its position";

    /// <summary>One credential's secret can't be decrypted, or is missing. The operator has to know which; the agent is told too, since it may use it.</summary>
    public static VaultException SecretDamaged(CredentialPath path, int version, string how) => new(
        VaultErrorCode.CredentialDamaged,
        $"the secret of '{path}', version {version}, is damaged: {how}; this program changed nothing",
        suggestion: "ask the operator to store this credential again; the other credentials still work",
        context: new Dictionary<string, object> { ["path"] = path.Value });

    public static VaultException PartsDamaged(IReadOnlyList<string> damage) => new(
        VaultErrorCode.Damaged,
        $"{string.Join("; ", damage.Take(MostNamed))}{(damage.Count > MostNamed ? $"; and {damage.Count - MostNamed} more" : "")}",
        suggestion: "use another backup, or restore this one with its damage: --damaged");

    public static VaultException CheckpointAhead(long noted, long entries) => new(
        VaultErrorCode.Damaged,
        $"the checkpoint is of entry {noted} and the log has {entries}: the vault was rolled back to an earlier state, or this is another vault's",
        suggestion: "find out who rolled it back; this vault knows nothing after its last entry");

    public static VaultException CheckpointDiffers(long noted) => new(
        VaultErrorCode.Damaged,
        $"audit entry {noted} does not match the checkpoint: the vault was rolled back to an earlier state and used since, or this is another vault's",
        suggestion: "find out who rolled it back; earlier checkpoints show how far");

    public static VaultException StorageFailed(StoreException cause) => new(
        cause.Reason switch
        {
            StoreFailure.Damaged => VaultErrorCode.Damaged,
            StoreFailure.NewerVersion or StoreFailure.OlderVersion => VaultErrorCode.UnsupportedVersion,
            _ => VaultErrorCode.StorageFailed,
        },
        cause.Reason is StoreFailure.Full ? "this call could not be recorded because the disk is full, so it was refused" : $"the vault can't be read or written: {cause.Message}",
        suggestion: cause.Reason is StoreFailure.Full ? "free space on the vault's disk and try again" : "check the vault's disk; everything that was confirmed before is kept",
        inner: cause);
}
