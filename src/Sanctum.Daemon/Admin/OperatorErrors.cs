using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Sanctum.Storage;

namespace Sanctum.Daemon.Admin;

/// <summary>The one place where a failure becomes an <see cref="OperatorException"/>.</summary>
internal static class OperatorErrors
{
    public const string InvalidConfig = "INVALID_CONFIG";
    public const string InvalidRequest = "INVALID_REQUEST";
    public const string InUse = "IN_USE";
    public const string Unreachable = "DAEMON_UNREACHABLE";
    public const string Untrusted = "DAEMON_UNTRUSTED";
    public const string Silent = "DAEMON_TIMEOUT";
    public const string Internal = "INTERNAL_ERROR";

    public static readonly string AuthFailed = Code(VaultErrorCode.AuthFailed);
    public static readonly string AccessDenied = Code(VaultErrorCode.AccessDenied);
    public static readonly string NotFound = Code(VaultErrorCode.NotFound);
    public static readonly string InvalidParams = Code(VaultErrorCode.InvalidParams);
    public static readonly string RateLimited = Code(VaultErrorCode.RateLimited);
    public static readonly string VaultLocked = Code(VaultErrorCode.VaultLocked);

    private static readonly FrozenDictionary<VaultErrorCode, string> Codes = Enum.GetValues<VaultErrorCode>()
        .ToFrozenDictionary(code => code, code => JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString()));

    /// <summary>A code in the wire's spelling.</summary>
    public static string Code(VaultErrorCode code) => Codes?[code] ?? JsonNamingPolicy.SnakeCaseUpper.ConvertName(code.ToString());

    public static OperatorException Locked() =>
        new(VaultLocked, "the vault is sealed", "unseal it first: sanctum unseal");

    public static OperatorException ServedElsewhere(IReadOnlyList<string> daemons) => new(
        Code(VaultErrorCode.Conflict),
        $"this daemon was sealed already, but the vault is still served by {string.Join(", ", daemons)}",
        "run 'sanctum seal' at one of those: that seals all");

    public static OperatorException SealedDuringBackup(Exception cause) =>
        new(VaultLocked, "the vault was sealed during the backup; what was written can't be restored", "unseal the vault and back it up again", cause);

    public static OperatorException NoToken() =>
        new(AuthFailed, "the operator token is missing, wrong or expired", "get another: export SANCTUM_TOKEN=$(sanctum login)");

    /// <summary>On a port of a daemon that asks for no client certificates.</summary>
    public static OperatorException NoTokenOverTcp() =>
        new(AuthFailed, "the operator token is missing, wrong or expired, or the vault is sealed", "get another on the daemon's own machine: sanctum login; with client certificates, 'sanctum login' works from here too");

    public static OperatorException MissingScope(OperatorScopes needed, OperatorScopes held) => new(
        AccessDenied,
        $"this call needs a token with the scope '{string.Join("' or '", ScopeNames.Of(needed))}', and this token has: {string.Join(", ", ScopeNames.Of(held))}",
        $"get another: export SANCTUM_TOKEN=$(sanctum login --scope {string.Join(',', ScopeNames.Of(held).Append(ScopeNames.Of(needed)[0]))})");

    public static OperatorException OtherSession() => new(
        AccessDenied,
        "this token is bound to the terminal session that it was made in, and this call comes from elsewhere",
        "make a token in this session: export SANCTUM_TOKEN=$(sanctum login --bind-session)");

    public static OperatorException NoSession() => new(
        InvalidParams,
        "the token can't be bound: the kernel does not say which terminal session this process belongs to",
        "log in from the daemon's own machine and container, or without --bind-session");

    public static OperatorException UselessLogin(VaultException cause) => new(
        Code(cause.Code),
        $"the login could not be recorded, and a token without the scope 'manage' would be useless ({cause.Message})",
        cause.Suggestion,
        cause);

    public static OperatorException Invalid(string member, string message) =>
        new(InvalidParams, message, $"correct '{member}' and try again");

    /// <summary>Of a daemon on this machine. Only where there was no connection is it known that nothing was done.</summary>
    public static OperatorException NoResponse(HttpRequestException cause) => cause.HttpRequestError == HttpRequestError.ConnectionError
        ? new(Unreachable, "no daemon is running for this vault", "start it: sanctum daemon start", cause)
        : new(Unreachable, "the daemon ended the connection before it responded", "the call may have taken effect: look before you repeat it; if the daemon has ended, its log says why", cause);

    public static OperatorException NoOperatorsPort(string address, Exception cause) => new(
        Unreachable,
        $"the connection to {address} ended without a response",
        "check that it is the operators' port ('listeners.http', --http) and not the agents', and that the daemon is still running",
        cause);

    public static OperatorException UntrustedDaemon(string socket, uint listener, uint self) => new(
        Untrusted,
        $"user {listener} listens on {socket}, and this process runs as user {self}: nothing was sent",
        "run the command as the daemon's user, or find out who put that socket there");

    public static OperatorException DaemonSilent(string call, int? processId, TimeSpan waited) => new(
        Silent,
        string.Create(CultureInfo.InvariantCulture, $"the daemon{(processId is { } id ? $" (pid {id})" : "")} has not responded to '{call}' for {waited.TotalSeconds:0.###} seconds"),
        "check whether its process is stopped or busy; the call may have taken effect");

    /// <summary>What is known is told; anything else is the caller's to log, and is told only that it happened.</summary>
    public static bool TryTranslate(Exception failure, out OperatorException translated)
    {
        translated = failure switch
        {
            OperatorException known => known,
            VaultException vault => new OperatorException(Code(vault.Code), vault.Message, Suggestion(vault), vault),
            StoreException { Reason: StoreFailure.InUse } store =>
                new OperatorException(InUse, store.Message, "another daemon or command has the vault open: sanctum daemon status", store),
            StoreException store => new OperatorException(Code(ToCode(store.Reason)), store.Message, Suggestion(store.Reason), store),
            _ => new OperatorException(Internal, "the command failed", "the daemon's log says why", failure),
        };
        return translated.Code != Internal;
    }

    private static VaultErrorCode ToCode(StoreFailure reason) => reason switch
    {
        StoreFailure.Damaged => VaultErrorCode.Damaged,
        StoreFailure.NewerVersion or StoreFailure.OlderVersion => VaultErrorCode.UnsupportedVersion,
        StoreFailure.Missing => VaultErrorCode.NotFound,
        StoreFailure.Exists or StoreFailure.Unsafe or StoreFailure.Moved => VaultErrorCode.Conflict,
        _ => VaultErrorCode.StorageFailed,
    };

    // What the vault advises an agent to do, in an operator's words.
    private static string? Suggestion(VaultException failure) => failure switch
    {
        { Code: VaultErrorCode.InvalidParams, Context: { } context } when context.TryGetValue("member", out var member) => $"correct '{member}' and try again",
        { Code: VaultErrorCode.CredentialNotFound } => "list them: sanctum list",
        { Code: VaultErrorCode.VaultLocked } => "unseal it first: sanctum unseal",
        _ => failure.Suggestion,
    };

    private static string? Suggestion(StoreFailure reason) => reason switch
    {
        StoreFailure.Missing => "create a vault: sanctum init",
        StoreFailure.Unavailable => "check that the folder exists and that you can write to it",
        StoreFailure.Moved => "see 'sanctum docs scale-out'",
        StoreFailure.Full => "free space on the disk and try again",
        StoreFailure.Damaged => "keep the folder as it is, and restore a backup into another: sanctum restore FILE --vault-path DIR",
        StoreFailure.NewerVersion => "upgrade sanctum",
        StoreFailure.OlderVersion => "upgrade the vault's tables: sanctum vault upgrade",
        StoreFailure.Unsafe => "work as the vault's owner; the folder has to be theirs with mode 0700, its files 0600, and none of them a link",
        _ => null,
    };
}
