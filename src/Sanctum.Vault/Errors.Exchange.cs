using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Policies;

namespace Sanctum;

internal static partial class Errors
{
    public static VaultException NoCredentialFor(Origin origin) => EgressDenied(
        $"no credential that this agent may use is bound to {origin.Authority}",
        $"ask the operator to bind one (sanctum store --host {origin.Authority}) and to grant 'use' on it");

    public static VaultException NoWayTo(Origin origin) => EgressDenied(
        $"no credential that this agent may use is bound to {origin.Authority}, and no policy lets it connect there",
        $"ask the operator for a policy: sanctum policy add NAME --principal agent:NAME --resources host:{origin.Host}:{origin.Port} --actions connect");

    public static VaultException ToolNotGranted(AgentName agent, ToolName tool) => new(
        VaultErrorCode.AccessDenied,
        $"no policy lets this agent call {tool}",
        suggestion: $"ask the operator for a policy: sanctum policy add NAME --principal agent:{agent} --resources '{tool}' --actions call");

    public static VaultException CredentialsFor(Origin origin, IEnumerable<CredentialPath> paths) => EgressDenied(
        $"several credentials are bound to {origin.Authority}: {string.Join(", ", paths.Take(5))}",
        "send the placeholder of the one that you mean, or ask the operator to limit each to its paths");

    public static VaultException PlaceholderNotBound(CredentialPath path, Origin origin) => EgressDenied(
        $"the request carries the placeholder of {path}, which is not bound to {origin.Authority}",
        "send it only to hosts that the credential is bound to");

    public static VaultException PlaceholderMisplaced(CredentialPath path) => EgressDenied(
        $"the placeholder of {path} is not where this credential goes, or not alone there",
        "send it as it is, in the header or parameter that the operator set for the credential");

    public static VaultException PlaceholderInBody() => EgressDenied(
        "the request's body contains a placeholder, and placeholders are replaced only where credentials go",
        "send the placeholder in the header or parameter that the operator set for the credential");

    public static VaultException OwnCredential(CredentialPath path) => EgressDenied(
        $"the request carries a credential of its own where {path} goes",
        "leave it out, or send the placeholder");

    public static VaultException BodyTooLargeToHold(int most) => InvalidParams(
        "body",
        $"the body is larger than {most} bytes, and a request that needs an approval, is signed or is encoded has to be read whole first");

    public static VaultException BodyStoodStill(TimeSpan limit) => InvalidParams(
        "body",
        $"nothing more of the body came for {Seconds(limit)}, so the request was not sent; the operator can allow more time: egress.still_timeout in config.json");

    public static VaultException StoodStill(TimeSpan limit) => UpstreamFailed(
        $"nothing moved for {Seconds(limit)}, so the request was ended",
        "the service may have acted on the request; the operator can allow more time: egress.still_timeout in config.json");

    public static VaultException SocketHandshakeFailed(string what) => UpstreamFailed(what, "the service is at fault; use its HTTP API");

    public static VaultException SocketBroke() => UpstreamFailed("the service ended the WebSocket without a close frame, or sent an invalid one", MayHaveBeenDone);

    public static VaultException SocketHasBody() => InvalidParams("method", "a WebSocket is opened with GET and without a body");

    public static VaultException BodyNotRead() => UpstreamFailed(
        "the request's body ended early",
        MayHaveBeenDone);

    public static VaultException NoHostInPath(CredentialPath path) => EgressDenied(
        $"{path} is bound to several hosts, and the path behind the lease begins with none of them",
        "use a base URL as 'crp/use' returned it: it has the host behind the lease");

    public static VaultException OutOfScope(CredentialPath path) => EgressDenied(
        $"the scopes of the lease on {path}, or of a lease above it, do not permit this method and path",
        "ask for a lease with the scopes that you need");

    public static VaultException TooManyRuns(int mostOfAgent, int most) =>
        RateLimited($"there are too many runs: one agent can have {mostOfAgent}, and all agents {most}; a run ends with the connection that opened it", TimeSpan.FromSeconds(1));

    public static VaultException TooManyPlaceholders() =>
        RateLimited("the runs have as many placeholders as they can: end some, or name the credentials that the program needs", TimeSpan.FromSeconds(1));

    public static VaultException TokenMisplaced() => EgressDenied(
        "the session token is not where the client's key goes",
        "send it in Authorization, X-Api-Key, or where the operator set that this credential goes, and nowhere else");
}
