using System.Collections.Frozen;
using Sanctum.Daemon.Rpc.Crp;
using Sanctum.Daemon.Rpc.Methods;

namespace Sanctum.Daemon.Rpc;

/// <summary>Every method that agents can call. The names of the two dialects are disjoint.</summary>
internal static class RpcMethods
{
    public static readonly IReadOnlyList<RpcMethod> All =
    [
        // Dialect A: Python, Node.js and .NET.
        new AuthenticateMethod(),
        new ChallengeResponseMethod(),
        new ListMethod(),
        new RetrieveMethod(),
        new ReleaseLeaseMethod(),
        new CheckAccessMethod(),
        new RequestAccessMethod(),
        new AccessStatusMethod(),
        new AuditLogMethod(),
        new UseMethod(),
        new RenewLeaseMethod(),
        new LeaseStatusMethod(),
        new LogoutMethod(),
        new ProxyOpenMethod(),
        new ProxyCloseMethod(),
        new ToolCallMethod(),
        new ToolListMethod(),

        // Dialect B: Rust.
        new AuthChallengeMethod(),
        new AuthVerifyMethod(),
        new CredentialListMethod(),
        new CredentialRetrieveMethod(),
        new CredentialUseMethod(),
        new LeaseReleaseMethod(),

        // CRP 0.2.
        new CrpUseMethod(),
        new CrpListMethod(),
        new CrpLeaseMethod(),
        new CrpRevokeMethod(),
    ];

    private static readonly FrozenDictionary<string, RpcMethod> ByName = All.ToFrozenDictionary(method => method.Name, StringComparer.Ordinal);

    public static RpcMethod? Find(string name) => ByName.GetValueOrDefault(name);
}
