using System.Collections.Frozen;
using System.Text.Json;
using Sanctum.Daemon.Hosting.Tls;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc;

/// <summary>The one place where a failure becomes an error object of the wire.</summary>
/// <param name="docsUrl">The base address of the error pages.</param>
internal sealed class RpcErrors(string docsUrl)
{
    // Codes that only operators get have no place on the agents' wire: there they are INTERNAL_ERROR, and logged.
    private static readonly FrozenDictionary<VaultErrorCode, string> Codes = new Dictionary<VaultErrorCode, string>
    {
        [VaultErrorCode.AuthFailed] = ErrorCode.AuthFailed,
        [VaultErrorCode.AccessDenied] = ErrorCode.AccessDenied,
        [VaultErrorCode.CredentialNotFound] = ErrorCode.CredentialNotFound,
        [VaultErrorCode.VaultLocked] = ErrorCode.VaultLocked,
        [VaultErrorCode.LeaseExpired] = ErrorCode.LeaseExpired,
        [VaultErrorCode.LeaseExhausted] = ErrorCode.LeaseExhausted,
        [VaultErrorCode.Quarantined] = ErrorCode.Quarantined,
        [VaultErrorCode.DelegationDenied] = ErrorCode.DelegationDenied,
        [VaultErrorCode.RateLimited] = ErrorCode.RateLimited,
        [VaultErrorCode.SessionExpired] = ErrorCode.SessionExpired,
        [VaultErrorCode.EgressDenied] = ErrorCode.EgressDenied,
        [VaultErrorCode.SecretInRequest] = ErrorCode.EgressDenied,
        [VaultErrorCode.UpstreamFailed] = ErrorCode.UpstreamFailed,
        [VaultErrorCode.ApprovalRequired] = ErrorCode.ApprovalRequired,
        [VaultErrorCode.InvalidParams] = ErrorCode.InvalidParams,
        [VaultErrorCode.UnsupportedOperation] = ErrorCode.UnsupportedOperation,
        [VaultErrorCode.ResponseTooLarge] = ErrorCode.ResponseTooLarge,
        [VaultErrorCode.CredentialDamaged] = ErrorCode.CredentialDamaged,
    }.ToFrozenDictionary();

    /// <summary>Whether the failure is one that the wire has a code for; any other belongs into the log.</summary>
    public static bool IsExpected(Exception failure) => failure switch
    {
        RpcException or OperationCanceledException => true,
        VaultException vault => Codes.ContainsKey(vault.Code),
        _ => false,
    };

    /// <summary>Whether the daemon has done nothing because it does not reach the vault's database.</summary>
    public static bool IsWithoutDatabase(Exception failure) =>
        failure is VaultException { Context: { } context } && context.TryGetValue(RpcContext.Daemon, out var how) && how is RpcContext.NoDatabase;

    /// <summary>The wire's code for the vault's; null where agents don't get it.</summary>
    public static string? CodeOf(VaultErrorCode code) => Codes.GetValueOrDefault(code);

    public static RpcException NotSignedIn() => new(new RpcError(
        ErrorCode.AuthFailed,
        "this connection has not signed in",
        Suggestion: "authenticate on this connection first"));

    public static RpcException NoChallenge() => new(new RpcError(
        ErrorCode.AuthFailed,
        "no challenge is pending on this connection",
        Suggestion: "request a challenge on this connection, and respond to it once"));

    public static RpcException NotThisConnections() => new(new RpcError(
        ErrorCode.SessionExpired,
        "the session belongs to another connection",
        Suggestion: "authenticate on this connection, and send the session id that it returns"));

    public static RpcException Ended() => new(new RpcError(
        ErrorCode.SessionExpired,
        "the session ended while the call was running",
        Suggestion: "authenticate again, if the agent is still registered"));

    /// <summary>The vault was sealed, and the call ended by it.</summary>
    public static RpcException Locked() => Locked(null);

    /// <summary>The vault is sealed, and nothing was done for the call: it can be made again elsewhere.</summary>
    public static RpcException LockedBefore() => Locked(RpcContext.Of(RpcContext.Daemon, RpcContext.Sealed));

    private static RpcException Locked(JsonElement? context) => new(new RpcError(
        ErrorCode.VaultLocked,
        "the vault is sealed",
        Suggestion: "ask the operator to unseal it: sanctum unseal",
        Context: context));

    /// <summary>The daemon is stopping, and has done nothing for the call: it can be made again elsewhere.</summary>
    public static RpcException Stopping() => new(new RpcError(
        ErrorCode.RateLimited,
        "this daemon is stopping, and begins nothing new",
        Suggestion: "connect again: to another daemon of this vault, or to this one once it is back",
        Context: RpcContext.Of(new Dictionary<string, object> { ["retry_after"] = 1L, [RpcContext.Daemon] = RpcContext.Stopping })));

    public static RpcException UnknownMethod() => new(new RpcError(
        ErrorCode.MethodNotFound,
        "unknown method",
        Suggestion: $"the methods are {string.Join(", ", RpcMethods.All.Select(method => method.Name))}; names are case-sensitive",
        Context: RpcContext.Of("member", "method")));

    public static RpcException TooLarge() => new(new RpcError(
        ErrorCode.ResponseTooLarge,
        "the reply would be larger than any client accepts",
        Suggestion: "use the 'list' method with a smaller 'limit' or a narrower 'prefix'"));

    public static RpcException TooManyConnections() => new(new RpcError(
        ErrorCode.RateLimited,
        "there are too many connections",
        Suggestion: "close unused connections, or raise the limits in config.json",
        Context: RpcContext.Of("retry_after", 1)));

    public static RpcException TooManyOfAgent() => new(new RpcError(
        ErrorCode.RateLimited,
        "this agent has too many connections",
        Suggestion: "close unused connections, or raise 'limits.connections' in config.json",
        Context: RpcContext.Of("retry_after", 1)));

    /// <summary>Why a connection is not served that should speak TLS.</summary>
    public static RpcException Of(TlsFlaw flaw) => new(flaw switch
    {
        TlsFlaw.NotTls => new RpcError(ErrorCode.InvalidRequest, "this port requires TLS", Suggestion: "connect with TLS: for the .NET client, the address is tls://HOST:PORT"),
        TlsFlaw.NoCertificate => new RpcError(ErrorCode.AuthFailed, "this port requires a client certificate", Suggestion: "show one that an authority in the daemon's 'tls.client_ca_file' has signed"),
        _ => new RpcError(ErrorCode.AuthFailed, "the client certificate is not trusted, or has expired", Suggestion: "show one that an authority in the daemon's 'tls.client_ca_file' has signed"),
    });

    public static RpcException UnknownRun() => InvalidParams.Of("token", "no run of this connection has this token");

    public static RpcException NoMemory() => new(new RpcError(
        ErrorCode.RateLimited,
        "this agent's calls have reached their memory limit",
        Suggestion: "read the replies, and send fewer large requests at a time; 'limits.request_memory' in config.json is the limit for all agents",
        Context: RpcContext.Of("retry_after", 1)));

    /// <summary>A service has responded, and nothing can hold the response. The request must not be taken for one that was not sent.</summary>
    public static RpcException NoMemoryForResponse() => new(new RpcError(
        ErrorCode.RateLimited,
        "the service responded, but this agent's calls have reached their memory limit, so the response was dropped",
        Suggestion: "read the replies; the service may have acted on the request: check before you send it again",
        Context: RpcContext.Of(new Dictionary<string, object> { ["retry_after"] = 1L, ["sends"] = 1L })));

    public RpcError From(Exception failure, string requestId) => failure switch
    {
        RpcException rpc => WithDocs(rpc.Error),
        VaultException vault when Codes.TryGetValue(vault.Code, out var code) =>
            WithDocs(new RpcError(code, vault.Message, vault.Detail, vault.Suggestion, Context: RpcContext.Of(vault.Context))),
        OperationCanceledException => WithDocs(Ended().Error),

        // The code is one that published clients know; who knows more looks at 'daemon'.
        VaultException vault when IsWithoutDatabase(vault) => WithDocs(new RpcError(
            ErrorCode.InternalError,
            vault.Message,
            Suggestion: vault.Suggestion,
            Context: RpcContext.Of(new Dictionary<string, object> { ["request_id"] = requestId, [RpcContext.Daemon] = RpcContext.NoDatabase }))),
        _ => WithDocs(new RpcError(
            ErrorCode.InternalError,
            "the call failed with an internal error",
            Suggestion: "the daemon's log has the cause, under context.request_id",
            Context: RpcContext.Of("request_id", requestId))),
    };

    /// <summary>The address of an error's page.</summary>
    public string PageOf(string code) => $"{docsUrl}/errors.md#{code.ToLowerInvariant()}";

    // The published clients' examples show 'detail' alone, so there is always one: where there is no more to say, it is what was said.
    private RpcError WithDocs(RpcError error) => error with { Detail = error.Detail ?? error.Message, DocsUrl = PageOf(error.Code) };
}
