using Sanctum.Credentials;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>proxy_open</c>: a run, whose token lets a program use the proxy as this agent for as long as this connection is open.</summary>
internal sealed class ProxyOpenMethod() : RpcMethod<ProxyOpenParams>(Protocol.Messages.Methods.ProxyOpen, RequestJson.Default.ProxyOpenParams)
{
    // The authority's certificate, and what is around it.
    private const int AroundPlaceholders = 2048;

    protected override async ValueTask RunAsync(ProxyOpenParams parameters, RpcCall call)
    {
        var connection = call.Connection;
        var caller = connection.SignIn.Caller(parameters.SessionId);
        var session = connection.SignIn.Session ?? throw RpcErrors.NotSignedIn();
        var sole = SoleOf(parameters);
        var vaults = await connection.Vault.BeginRunAsync(caller, sole is null ? Paths(parameters) : [sole.Path], connection.Gone).ConfigureAwait(false);
        try
        {
            await connection.TakeReplyMemoryAsync(call, AroundPlaceholders + vaults.Placeholders.Sum(pair => 16L + pair.Key.Value.Length + pair.Value.Length)).ConfigureAwait(false);
        }
        catch
        {
            // A run whose token nobody is told would be there until its connection ends.
            vaults.Dispose();
            throw;
        }

        var (run, token) = connection.Host.Runs.Open(connection, session, vaults, sole);
        call.Write(ResultOf(connection.Host, run, token), RequestJson.Default.ProxyOpenResult);
    }

    private static ProxyOpenResult ResultOf(AgentHost host, ProxyRun run, string token) => new(
        token,
        run.Authority.Pem,
        run.Vaults.Placeholders.ToDictionary(pair => pair.Key.Value, pair => pair.Value, StringComparer.Ordinal),
        host.ProxySocket,
        Math.Max(0, (long)(run.Session.ExpiresAt - host.Time.GetUtcNow()).TotalSeconds),
        host.Bound.Proxy?.ToString());

    private static SoleCredential? SoleOf(ProxyOpenParams parameters) => parameters switch
    {
        { Credential: null, HeaderType: null, HeaderName: null } => null,
        { Credential: null } => throw InvalidParams.Of("credential", "'header_type' and 'header_name' require 'credential'"),
        { Credentials: not null } => throw InvalidParams.Of("credential", "'credential' and 'credentials' can't be combined"),
        { Credential: { } path } => new SoleCredential(CredentialPath.Parse(path), parameters.HeaderType, parameters.HeaderName),
    };

    // Without any, the run is for all that the agent may use.
    private static IReadOnlyList<CredentialPath>? Paths(ProxyOpenParams parameters) =>
        parameters.Credentials is { } named ? [.. named.Select(CredentialPath.Parse)] : null;
}
