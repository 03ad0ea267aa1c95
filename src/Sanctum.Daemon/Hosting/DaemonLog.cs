using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>Everything that the daemon logs. None of it takes parameters of a call, a header or a body: those can be secrets.</summary>
internal static partial class DaemonLog
{
    [LoggerMessage(1, LogLevel.Information, "listening: vault {VaultId}, agents on {Socket} {Tcp}, operators on {AdminSocket} {Http}")]
    public static partial void Listening(this ILogger log, Guid vaultId, string socket, string tcp, string adminSocket, string http);

    [LoggerMessage(50, LogLevel.Information, "the proxy is on {Socket} {Tcp}")]
    public static partial void ListeningProxy(this ILogger log, string socket, string tcp);

    [LoggerMessage(40, LogLevel.Information, "metrics can be read on {Place}")]
    public static partial void ListeningMetrics(this ILogger log, string place);

    [LoggerMessage(43, LogLevel.Information, "load balancers can read health on {Place}")]
    public static partial void ListeningHealth(this ILogger log, string place);

    [LoggerMessage(44, LogLevel.Warning, "other daemons can't be told of this one: {Reason}")]
    public static partial void NotAnnounced(this ILogger log, string reason);

    [LoggerMessage(45, LogLevel.Error, "other daemons were not told of this one; it is tried again")]
    public static partial void AnnouncingFailed(this ILogger log, Exception failure);

    [LoggerMessage(2, LogLevel.Information, "stopping: nothing new begins, and what runs has {Seconds} seconds to end")]
    public static partial void Stopping(this ILogger log, int seconds);

    [LoggerMessage(42, LogLevel.Warning, "stopping: what still runs is ended ({Connections} connections of agents)")]
    public static partial void DrainOver(this ILogger log, int connections);

    [LoggerMessage(3, LogLevel.Information, "stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(4, LogLevel.Information, "vault unsealed")]
    public static partial void Unsealed(this ILogger log);

    [LoggerMessage(41, LogLevel.Information, "vault unsealed by the seal provider {Provider}")]
    public static partial void UnsealedByProvider(this ILogger log, string provider);

    public static void TryingFailed(this ILogger log, Exception cause) => log.TryingFailed(Kinds(cause), cause.StackTrace);

    [LoggerMessage(46, LogLevel.Warning, "{Failure}; it is tried again")]
    public static partial void ProviderFailed(this ILogger log, string failure);

    [LoggerMessage(47, LogLevel.Warning, "seal providers are not tried any more; unseal the vault with the passphrase")]
    public static partial void ProvidersGivenUp(this ILogger log);

    [LoggerMessage(48, LogLevel.Error, "seal providers could not be tried: {Kind}\n{StackTrace}")]
    private static partial void TryingFailed(this ILogger log, string kind, string? stackTrace);

    [LoggerMessage(5, LogLevel.Information, "vault sealed: {Reason}")]
    public static partial void Sealed(this ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Warning, "a wrong passphrase was given on the admin socket")]
    public static partial void WrongPassphrase(this ILogger log);

    [LoggerMessage(8, LogLevel.Warning, "{Warning}")]
    public static partial void SetUpWarning(this ILogger log, string warning);

    [LoggerMessage(19, LogLevel.Warning, "the sealing is not in the audit log: {Cause}")]
    public static partial void SealingUnrecorded(this ILogger log, string cause);

    [LoggerMessage(9, LogLevel.Error, "damaged: {Damage}; 'sanctum audit verify' checks all of it")]
    public static partial void Damaged(this ILogger log, string damage);

    [LoggerMessage(10, LogLevel.Debug, "connection {ConnectionId} from {Source}")]
    public static partial void Connected(this ILogger log, string connectionId, string source);

    [LoggerMessage(11, LogLevel.Debug, "connection {ConnectionId} closed: {Reason}")]
    public static partial void Disconnected(this ILogger log, string connectionId, string reason);

    [LoggerMessage(12, LogLevel.Warning, "connection {ConnectionId} refused: {Reason}")]
    public static partial void Refused(this ILogger log, string connectionId, string reason);

    [LoggerMessage(13, LogLevel.Debug, "request {RequestId} {Method}: {Outcome}")]
    public static partial void Responded(this ILogger log, string requestId, string method, string outcome);

    [LoggerMessage(16, LogLevel.Warning, "a connection could not be accepted ({Error}): waiting a moment")]
    public static partial void AcceptFailed(this ILogger log, System.Net.Sockets.SocketError error);

    [LoggerMessage(17, LogLevel.Warning, "this process may open {Descriptors} files: limits.connections is {Connections} instead of {Configured}")]
    public static partial void FewerConnections(this ILogger log, long descriptors, int connections, int configured);

    [LoggerMessage(49, LogLevel.Information, "this process may use {Available} MiB of memory: limits.request_memory is {Calls}, egress.response_memory {Responses}, egress.request_memory {Bodies}")]
    public static partial void Memory(this ILogger log, long available, int calls, int responses, int bodies);

    [LoggerMessage(18, LogLevel.Error, "request {RequestId}: {Damage}; store the secret again, or restore a backup")]
    public static partial void CredentialDamaged(this ILogger log, string requestId, string damage);

    [LoggerMessage(33, LogLevel.Information, "TLS certificate of {Subject}, valid until {End:u}")]
    public static partial void TlsCertificate(this ILogger log, string subject, DateTime end);

    [LoggerMessage(34, LogLevel.Warning, "the TLS certificate expired at {End:u}: clients refuse it")]
    public static partial void TlsExpired(this ILogger log, DateTime end);

    [LoggerMessage(35, LogLevel.Warning, "TLS certificate not reloaded, the one before stays in use: {Reason}; {Suggestion}")]
    public static partial void TlsNotReloaded(this ILogger log, string reason, string? suggestion);

    [LoggerMessage(30, LogLevel.Information, "config.json reloaded; changed: {Changed}; after a restart: {Later}")]
    public static partial void Reloaded(this ILogger log, string changed, string later);

    [LoggerMessage(31, LogLevel.Warning, "config.json not reloaded, nothing changed: {Reason}; {Suggestion}")]
    public static partial void ReloadRefused(this ILogger log, string reason, string? suggestion);

    // Not the exception itself: its message could quote what it stumbled over.
    public static void Failed(this ILogger log, string requestId, string method, Exception cause) =>
        log.Failed(requestId, method, Kinds(cause), cause.StackTrace);

    public static void ConnectionFailed(this ILogger log, string connectionId, Exception cause) =>
        log.ConnectionFailed(connectionId, Kinds(cause), cause.StackTrace);

    public static void SealFailed(this ILogger log, Exception cause) => log.SealFailed(Kinds(cause), cause.StackTrace);

    public static void ReloadFailed(this ILogger log, Exception cause) => log.ReloadFailed(Kinds(cause), cause.StackTrace);

    [LoggerMessage(32, LogLevel.Error, "config.json could not be reloaded: {Kind}\n{StackTrace}")]
    private static partial void ReloadFailed(this ILogger log, string kind, string? stackTrace);

    [LoggerMessage(14, LogLevel.Error, "request {RequestId} {Method} failed unexpectedly: {Kind}\n{StackTrace}")]
    private static partial void Failed(this ILogger log, string requestId, string method, string kind, string? stackTrace);

    [LoggerMessage(15, LogLevel.Error, "connection {ConnectionId} failed unexpectedly: {Kind}\n{StackTrace}")]
    private static partial void ConnectionFailed(this ILogger log, string connectionId, string kind, string? stackTrace);

    [LoggerMessage(7, LogLevel.Error, "sealing failed: {Kind}\n{StackTrace}")]
    private static partial void SealFailed(this ILogger log, string kind, string? stackTrace);

    private static string Kinds(Exception? cause)
    {
        var kinds = new List<string>();
        for (; cause is not null; cause = cause.InnerException)
        {
            kinds.Add(cause.GetType().Name);
        }

        return string.Join(" <- ", kinds);
    }
}
