using System.Globalization;
using System.Net.Sockets;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Decides what becomes of a connection to a host before anything is sent.</summary>
internal static class Routing
{
    /// <exception cref="VaultException">It may not go there; egress denied, which is recorded.</exception>
    public static async Task<HostRoute> RouteAsync(UnsealedVault vault, Caller caller, string host, int port, bool isSecure)
    {
        // A binding beats a tunnel: where a credential goes, nothing is passed on unread.
        var origin = OriginOf(host, port, isSecure);
        return IsBound(vault, caller, origin) ? HostRoute.Exchange
            : GrantsOf(vault, caller, origin).Count > 0 ? HostRoute.Tunnel
            : throw await RefusedAsync(vault, caller, origin).ConfigureAwait(false);
    }

    /// <summary>Makes a connection that is passed on unread. It is on the record before the host is dialled.</summary>
    /// <exception cref="VaultException">It may not go there, egress denied, which is recorded; there is no connection.</exception>
    public static async Task<Tunnel> ConnectAsync(UnsealedVault vault, Caller caller, string host, int port, CancellationToken cancellationToken)
    {
        var origin = OriginOf(host, port, isSecure: true);
        var policies = GrantsOf(vault, caller, origin);
        if (policies.Count == 0 || IsBound(vault, caller, origin))
        {
            throw await RefusedAsync(vault, caller, origin).ConfigureAwait(false);
        }

        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var open = vault.Egress.Tunnels.Add(vault, caller.Agent, origin, ending.Token);
        try
        {
            var isSpelledOut = vault.Policies.SpellsOut(caller.Agent, origin, vault.Options.TimeProvider.GetLocalNow());
            await vault.Journal.CommitAsync(Entry(vault, caller, origin) with { Policies = [.. policies.Select(policy => policy.Name)] }).ConfigureAwait(false);
            var socket = await vault.Egress.DialAsync(caller.Agent, origin, isSpelledOut, open.Ending).ConfigureAwait(false);
            return new Tunnel(open, socket, ending);
        }
        catch (Exception failure)
        {
            open.Dispose();
            ending.Dispose();
            await AgentEntry.RecordRefusalAsync(vault, Entry(vault, caller, origin) with { Outcome = AuditOutcome.Failed, Reason = (failure as VaultException)?.Code }).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether requests with one credential can go to a host at all. What each of them may do there is decided when it comes.</summary>
    /// <exception cref="VaultException">It is not bound there; egress denied, which is recorded.</exception>
    public static async Task RequireBoundAsync(UnsealedVault vault, Caller caller, CredentialPath path, string host, int port)
    {
        // Port 80 is never HTTPS and port 443 never anything else.
        Origin[] origins = [.. new[] { port != 80, false }.Distinct().Where(isSecure => isSecure || port != 443).Select(isSecure => OriginOf(host, port, isSecure))];
        if (origins.Any(origin => vault.Hosts.BoundTo(origin).Any(credential => credential.Path == path)))
        {
            return;
        }

        var refusal = Errors.NotBound(path, origins[0]);
        await AgentEntry.RecordRefusalAsync(vault, AgentEntry.Of(vault, caller, AuditActions.Use, path.Value) with
        {
            Operation = OperationNames.HttpRequest,
            Outcome = AuditOutcome.Denied,
            Reason = refusal.Code,
            Details = new Dictionary<string, string>(StringComparer.Ordinal) { ["origin"] = origins[0].ToString() },
        }).ConfigureAwait(false);
        throw refusal;
    }

    private static bool IsBound(UnsealedVault vault, Caller caller, Origin origin) =>
        vault.Hosts.BoundTo(origin).Any(credential => vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path));

    private static IReadOnlyList<Policy> GrantsOf(UnsealedVault vault, Caller caller, Origin origin) =>
        vault.Policies.LettingConnect(caller.Agent, origin, vault.Options.TimeProvider.GetLocalNow());

    private static async Task<VaultException> RefusedAsync(UnsealedVault vault, Caller caller, Origin origin)
    {
        var refusal = Errors.NoWayTo(origin);
        await AgentEntry.RecordRefusalAsync(vault, Entry(vault, caller, origin) with { Outcome = AuditOutcome.Denied, Reason = refusal.Code }).ConfigureAwait(false);
        return refusal;
    }

    private static AuditEntry Entry(UnsealedVault vault, Caller caller, Origin origin) => AgentEntry.Of(vault, caller, AuditActions.Connect, "host:" + origin.Authority);

    private static Origin OriginOf(string host, int port, bool isSecure) =>
        Origin.TryParse(string.Create(CultureInfo.InvariantCulture, $"{(isSecure ? Origin.Https : Origin.Http)}://{host}:{port}"), out var origin) ? origin
            : throw Errors.InvalidParams("host", "the host is not a plain host name or address with a port of 1 to 65535");
}
