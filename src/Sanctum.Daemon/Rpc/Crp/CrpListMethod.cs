using Sanctum.Credentials;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Crp;

/// <summary><c>crp/list</c>: the services that the agent can have leases on, and what this provider can do.</summary>
internal sealed class CrpListMethod() : RpcMethod<CrpListParams>(Protocol.Messages.Methods.CrpList, CrpJson.Default.CrpListParams)
{
    private const int DefaultLimit = 50;
    private const int AroundTexts = 192;

    protected override async ValueTask RunAsync(CrpListParams parameters, RpcCall call)
    {
        CrpProvider.RequireVersion(parameters.Version);
        var connection = call.Connection;
        var page = await connection.Vault.ListServicesAsync(
            connection.SignIn.Caller(parameters.SessionId), parameters.Filter?.ServicePrefix, parameters.Limit ?? DefaultLimit, parameters.Cursor, connection.Gone).ConfigureAwait(false);
        await connection.TakeReplyMemoryAsync(call, page.Credentials.Sum(SizeOf)).ConfigureAwait(false);
        var type = parameters.Filter?.CredentialType;
        call.Write(
            new CrpListResult(
                [.. page.Credentials.Where(credential => type is null || CrpProvider.TypeOf(credential) == type).Select(ServiceOf)],
                page.NextCursor,
                CrpProvider.Capability),
            CrpJson.Default.CrpListResult);
    }

    private static CrpService ServiceOf(CredentialInfo credential) => new(
        credential.Path.Value, [CrpProvider.TypeOf(credential)], credential.Classification, [.. credential.Hosts, .. credential.AllowedOrigins], credential.Description);

    private static long SizeOf(CredentialInfo credential) =>
        AroundTexts + credential.Path.Value.Length + credential.Description.Length + credential.Hosts.Concat(credential.AllowedOrigins).Sum(host => host.Length + 3);
}
