using System.Globalization;
using Sanctum.Audit;
using Sanctum.Destinations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Decides what becomes of a connection to a host before anything is answered.</summary>
internal static class Routing
{
    /// <exception cref="VaultException">It may not go there; egress denied, which is recorded.</exception>
    public static async Task<HostRoute> RouteAsync(UnsealedVault vault, Caller caller, string host, int port, bool isSecure)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{(isSecure ? Origin.Https : Origin.Http)}://{host}:{port}");
        if (!Origin.TryParse(text, out var origin))
        {
            throw Errors.InvalidParams("host", "the host is not a plain host name or address with a port of 1 to 65535");
        }

        if (vault.Hosts.BoundTo(origin).Any(credential => vault.Policies.MightGrant(caller.Agent, PolicyActions.Use, credential.Path)))
        {
            return HostRoute.Exchange;
        }

        var refusal = Errors.NoCredentialFor(origin);
        await AgentEntry.RecordRefusalAsync(vault, AgentEntry.Of(vault, caller, AuditActions.Connect, "host:" + origin.Authority) with
        {
            Outcome = AuditOutcome.Denied,
            Reason = refusal.Code,
        }).ConfigureAwait(false);
        throw refusal;
    }
}
