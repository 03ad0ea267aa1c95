using Npgsql;
using static Sanctum.Storage.StoreFailure;

namespace Sanctum.Storage.Postgres;

/// <summary>Every refusal and failure of this store, without SQL and without the connection's settings.</summary>
internal static class StoreErrors
{
    public const string NotVacuumed = "the table 'records' could not be vacuumed: what was removed last lies in the database's files until its next vacuum";

    /// <summary>What the function <c>advance</c> raises.</summary>
    private const string SomebodyWrote = "SA001";

    public static StoreException InvalidSettings(string flaw, Exception? inner = null) => new(Unavailable, $"the connection string can't be used: {flaw}", inner);

    public static StoreException Unprotected(string host) => new(
        Unsafe, $"the connection to {host} would not be protected: add 'SSL Mode=VerifyFull' to the connection string, with 'Root Certificate=FILE' for an authority of your own");

    public static StoreException Nothing(string schema) => new(Missing, $"there is no vault in the schema '{schema}' of this database: create one first");

    public static StoreException Unfinished(string schema) => new(Missing, $"the schema '{schema}' has an unfinished vault: create or restore it again, which replaces it");

    public static StoreException AlreadyThere(string schema) => new(Exists, $"the schema '{schema}' of this database already has a vault; it was not changed");

    public static StoreException Foreign(string schema) => new(
        Unsafe, $"the schema '{schema}' holds tables that are no vault's: name another one with 'Search Path' in the connection string. Nothing was changed");

    public static StoreException Newer(int found, int known) => new(
        NewerVersion, $"the vault's tables have version {found}, but this program knows {known}: upgrade this program. Nothing was changed");

    public static StoreException Earlier(int found, int oldest) => new(
        OlderVersion, $"the vault's tables have version {found}, and this program serves {oldest} and later: run 'sanctum vault upgrade'. Nothing was changed");

    public static StoreException Incomplete(string schema, string missing, int version) => new(
        Damaged, $"the vault's tables in the schema '{schema}' say version {version}, but '{missing}' is missing: restore all of the database from a backup. Nothing was changed");

    public static StoreException ReadOnly(Exception? inner = null) => new(Unavailable, "the database takes no changes: it is a standby, or set to read only", inner);

    public static string UpgradeWaits(int version) =>
        $"the vault's tables have version {version} and are served as such: once all daemons are of this version of sanctum, run 'sanctum vault upgrade'";

    public static StoreException EarlierPrograms(int version, IReadOnlyList<string> from) => new(
        InUse, $"a daemon of an earlier version of sanctum is connected{(from.Count == 0 ? "" : $" from {string.Join(", ", from)}")}: upgrade it first. The vault's tables keep version {version}");

    public static StoreException Moved(string schema, string at, string to) => new(
        StoreFailure.Moved, $"the vault in the schema '{schema}' was moved at {at} to the folder of the daemon '{to}': what is left is not opened");

    public static StoreException Arriving(string schema) => new(
        StoreFailure.Moved, $"a vault is being moved into the schema '{schema}': run 'sanctum vault move' once more where it comes from. Nothing was changed");

    public static StoreException WrittenMeanwhile() => new(
        Conflict, "another daemon or command has written to this vault meanwhile: it was not moved");

    public static StoreException Lost() => new(Conflict, "another daemon has written to this vault meanwhile: nothing was written");

    public static StoreException NotWritten(Exception inner) => new(Unavailable, "the connection to the database was lost: nothing was written", inner);

    public static StoreException Unknown(Exception inner) => new(Unavailable, "the connection to the database was lost, and whether the change was written is not known yet", inner);

    public static StoreException SequenceTaken(Exception inner) => new(Exists, "the log already has a segment at this number", inner);

    /// <summary>Puts what the database or the network said into our own words.</summary>
    public static StoreException From(Exception failure) => failure switch
    {
        StoreException own => own,
        PostgresException { SqlState: SomebodyWrote } => Lost(),
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } taken => SequenceTaken(taken),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } full => new(Full, "the database's disk is full: nothing was written", full),
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } damaged => new(Damaged, $"the database is damaged ({damaged.SqlState}): restore it from a backup", damaged),
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } standby => ReadOnly(standby),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } role => new(Unsafe, "the database refused: this role may not use the vault's tables", role),
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } => new(Unsafe, "the database did not let this role in: check user name, password and pg_hba.conf", failure),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => new(Missing, "there is no database of this name: create it first", failure),
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => new(InUse, "the vault's tables are in use, by a backup maybe: try again later. Nothing was changed", failure),
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable } gone => new(StoreFailure.Moved, "the vault is not in these tables any more: it was moved, or they were removed", gone),
        PostgresException other => new(Unavailable, $"the database can't be read or written (SQLSTATE {other.SqlState})", other),
        _ => new(Unavailable, "the database can't be reached", failure),
    };
}
