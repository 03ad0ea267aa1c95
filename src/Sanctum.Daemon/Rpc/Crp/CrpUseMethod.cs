using Sanctum.Door;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Crp;

/// <summary><c>crp/use</c>: a lease on a service, with a base URL, and the token of the agent's session.</summary>
internal sealed class CrpUseMethod() : RpcMethod<CrpUseParams>(Protocol.Messages.Methods.CrpUse, CrpJson.Default.CrpUseParams)
{
    protected override async ValueTask RunAsync(CrpUseParams parameters, RpcCall call)
    {
        CrpProvider.RequireVersion(parameters.Version);
        var connection = call.Connection;
        var caller = connection.SignIn.Caller(parameters.SessionId);
        var session = connection.SignIn.Session ?? throw RpcErrors.NotSignedIn();
        RequireSupported(parameters);
        var granted = await connection.Vault.LeaseAsync(
            caller,
            new LeaseRequest
            {
                Service = parameters.Service,
                Ttl = Seconds.ToTtl(parameters.Ttl),
                Scopes = parameters.Scopes ?? [],
                ParentLeaseId = parameters.Delegation?.ParentLeaseId,
                MaxDepth = parameters.Delegation?.MaxDepth,
                Context = CrpProvider.DetailsOf(parameters.Context),
            },
            connection.Gone).ConfigureAwait(false);
        var urls = CrpProvider.UrlsOf(connection.Host, granted);
        call.Write(
            new CrpUseResult(
                CrpProvider.LeaseOf(granted.Lease, connection.Vault.MaxLeaseRenewals),
                urls[granted.Host],
                connection.Host.Runs.SessionTokenOf(connection, session),
                connection.Host.ProxySocket,
                parameters.Service,
                granted.Lease.Use!.Scopes,
                new CrpDescriptor(CrpProvider.TypeOf(granted.Credential), Brokered: false, AutoRefresh: false, granted.Credential.Classification),
                urls.Count > 1 ? urls : null),
            CrpJson.Default.CrpUseResult);
    }

    private static void RequireSupported(CrpUseParams parameters)
    {
        if (parameters.IdentityScope is not null)
        {
            throw new RpcException(new RpcError(
                ErrorCode.FeatureNotSupported, "this provider brokers no identities", Suggestion: "leave 'identityScope' out, and use a service with a stored credential"));
        }

        if (parameters.Scopes?.FirstOrDefault(scope => scope is null || !LeaseRequest.IsScope(scope)) is not null)
        {
            throw new RpcException(new RpcError(
                ErrorCode.ScopeUnavailable,
                "a scope was requested that no lease can be limited to",
                Suggestion: "a scope is 'method:GET' or 'path:/v1/*'; leave 'scopes' out for all that policies allow"));
        }
    }
}
