using System.Globalization;
using System.Net.Sockets;
using Sanctum.Agents;
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
    public static async Task<HostRoute> RouteAsync(UnsealedVault vault, Caller caller, string host, int port)
    {
        // A binding of either kind beats a tunnel: where a credential goes, nothing is passed on unread.
        var connection = OriginOf(host, port, isSecure: true);
        return OriginsOf(host, port).Any(origin => IsBound(vault, caller, origin)) ? HostRoute.Exchange
            : GrantsOf(vault, caller, connection).Count > 0 ? HostRoute.Tunnel
            : throw await RefusedAsync(vault, caller, connection).ConfigureAwait(false);
    }

    /// <summary>What would become of a connection now, and why. Nothing is recorded, and no name is looked up.</summary>
    public static Simulation Simulate(UnsealedVault vault, AgentName agent, string host, int port)
    {
        var connection = OriginOf(host, port, isSecure: true);
        CredentialInfo[] bound = [.. OriginsOf(host, port).SelectMany(origin => BoundTo(vault, agent, origin)).Distinct()];
        if (bound.Length > 0)
        {
            var paths = string.Join(", ", bound.Take(5).Select(credential => credential.Path));
            return new Simulation(true, null, $"requests to {connection.Authority} go out with {paths}, and are decided on one by one; nothing is passed on unread", [], null);
        }

        var policies = vault.Policies.LettingConnect(agent, connection, vault.Moment);
        string[] names = [.. policies.Select(policy => policy.Name)];
        return policies.Count == 0 ? Refused(Errors.NoWayTo(connection).Message)
            : PublicAddress.IsNever(connection.Host) && !vault.Policies.SpellsOut(agent, connection, vault.Moment)
                ? Refused($"{connection.Authority} has no public address: a policy has to spell it out, with its port")
            : new Simulation(true, null, $"granted by '{string.Join("', '", names)}': the connection is passed on unread", names, null);

        Simulation Refused(string reason) => new(false, VaultErrorCode.EgressDenied, reason, names, null);
    }

    /// <summary>Makes a connection that is passed on unread. It is on the record before the host is dialled.</summary>
    /// <exception cref="VaultException">It may not go there, egress denied, which is recorded; there is no connection.</exception>
    public static async Task<Tunnel> ConnectAsync(UnsealedVault vault, Caller caller, string host, int port, CancellationToken cancellationToken)
    {
        var origin = OriginOf(host, port, isSecure: true);
        var policies = GrantsOf(vault, caller, origin);
        if (!MayPass())
        {
            throw await RefusedAsync(vault, caller, origin).ConfigureAwait(false);
        }

        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, caller.Session.Ended);
        var open = vault.Egress.Tunnels.Add(vault, caller.Agent, origin, ending.Token);
        try
        {
            var isSpelledOut = vault.Policies.SpellsOut(caller.Agent, origin, vault.Moment);
            await vault.Journal.CommitAsync(
                Entry(vault, caller, origin) with { Policies = [.. policies.Select(policy => policy.Name)] }, check: () => MayPass() ? null : new ChangedMeanwhileException()).ConfigureAwait(false);
            var socket = await vault.Egress.DialAsync(caller.Agent, origin, isSpelledOut, open.Ending).ConfigureAwait(false);
            return new Tunnel(vault, open, socket, ending);
        }
        catch (Exception failure)
        {
            open.Dispose();
            ending.Dispose();
            if (failure is ChangedMeanwhileException)
            {
                throw await RefusedAsync(vault, caller, origin).ConfigureAwait(false);
            }

            await AgentEntry.RecordRefusalAsync(vault, Entry(vault, caller, origin) with { Outcome = AuditOutcome.Failed, Reason = (failure as VaultException)?.Code }).ConfigureAwait(false);
            throw;
        }

        bool MayPass() => GrantsOf(vault, caller, origin).Count > 0 && !OriginsOf(host, port).Any(bound => IsBound(vault, caller, bound));
    }

    /// <summary>Whether requests with one credential can go to a host at all. What each of them may do there is decided when it comes.</summary>
    /// <exception cref="VaultException">It is not bound there; egress denied, which is recorded.</exception>
    public static async Task RequireBoundAsync(UnsealedVault vault, Caller caller, CredentialPath path, string host, int port)
    {
        var origins = OriginsOf(host, port);
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

    private static bool IsBound(UnsealedVault vault, Caller caller, Origin origin) => BoundTo(vault, caller.Agent, origin).Any();

    private static IEnumerable<CredentialInfo> BoundTo(UnsealedVault vault, AgentName agent, Origin origin) =>
        vault.Hosts.BoundTo(origin).Where(credential => vault.Policies.MightGrant(agent, PolicyActions.Use, credential.Path));

    private static IReadOnlyList<Policy> GrantsOf(UnsealedVault vault, Caller caller, Origin origin) =>
        vault.Policies.LettingConnect(caller.Agent, origin, vault.Moment);

    private static async Task<VaultException> RefusedAsync(UnsealedVault vault, Caller caller, Origin origin)
    {
        var refusal = Errors.NoWayTo(origin);
        await AgentEntry.RecordRefusalAsync(vault, Entry(vault, caller, origin) with { Outcome = AuditOutcome.Denied, Reason = refusal.Code }).ConfigureAwait(false);
        return refusal;
    }

    private static AuditEntry Entry(UnsealedVault vault, Caller caller, Origin origin) => AgentEntry.Of(vault, caller, AuditActions.Connect, "host:" + origin.Authority);

    // Whether there will be TLS, nobody knows yet. Port 80 is never HTTPS and port 443 never anything else; any other may be either.
    private static IReadOnlyList<Origin> OriginsOf(string host, int port) =>
        [.. new[] { port != 80, false }.Distinct().Where(isSecure => isSecure || port != 443).Select(isSecure => OriginOf(host, port, isSecure))];

    private static Origin OriginOf(string host, int port, bool isSecure) =>
        Origin.TryParse(string.Create(CultureInfo.InvariantCulture, $"{(isSecure ? Origin.Https : Origin.Http)}://{host}:{port}"), out var origin) ? origin
            : throw Errors.InvalidParams("host", "the host is not a plain host name or address with a port of 1 to 65535");
}
