using Sanctum.Credentials;
using Sanctum.Policies.Proposals;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>request_access</c>: leaves an operator a proposal.</summary>
internal sealed class RequestAccessMethod() : RpcMethod<RequestAccessParams>(Protocol.Messages.Methods.RequestAccess, RequestJson.Default.RequestAccessParams)
{
    // What the vault takes is far below; this only keeps the number within what a TimeSpan can hold.
    private const long Most = 366 * 86_400;

    protected override async ValueTask RunAsync(RequestAccessParams parameters, RpcCall call)
    {
        var request = new AccessRequest
        {
            Path = parameters.Path is { } path ? CredentialPath.Parse(path) : null,
            Service = parameters.Service,
            Operation = parameters.Operation,
            Hosts = parameters.Hosts ?? [],
            Reason = parameters.Reason,
            Duration = parameters.Duration switch
            {
                null => TimeSpan.FromHours(1),
                >= 1 and <= Most => TimeSpan.FromSeconds(parameters.Duration.Value),
                _ => throw InvalidParams.Of("duration", $"'duration' must be between 1 and {Most} seconds"),
            },
        };
        var caller = call.Connection.SignIn.Caller(parameters.SessionId);
        var proposal = await call.Connection.Vault.RequestAccessAsync(caller, request, call.Connection.Gone).ConfigureAwait(false);
        call.Write(AccessStatusMethod.ResultOf(proposal), RequestJson.Default.AccessStatusResult);
    }
}
