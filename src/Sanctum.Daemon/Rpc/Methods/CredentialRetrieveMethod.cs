using System.Security.Cryptography;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>credential.retrieve</c>: the secret as a plain string, on a lease.</summary>
internal sealed class CredentialRetrieveMethod() : RpcMethod<CredentialRetrieveParams>(Protocol.Messages.Methods.CredentialRetrieve, RequestJson.Default.CredentialRetrieveParams)
{
    /// <summary>The largest reply, and the largest secret.</summary>
    public override long ReplyAllowance => Protocol.Framing.FrameLimits.Reply + (1024 * 1024);

    protected override async ValueTask RunAsync(CredentialRetrieveParams parameters, RpcCall call)
    {
        var connection = call.Connection;
        using var retrieved = await connection.Vault.RetrieveAsync(
            connection.SignIn.Caller(null),
            CredentialPath.Parse(parameters.Path),
            Seconds.ToTtl(parameters.Ttl),
            RetrievalForm.Text,
            connection.Gone).ConfigureAwait(false);
        var lease = retrieved.Lease;
        var text = GC.AllocateUninitializedArray<byte>(retrieved.Secret.Length, pinned: true);
        retrieved.Secret.Span.CopyTo(text);
        try
        {
            call.Write(
                new CredentialRetrieveResult(lease.Path.Value, new Utf8Text(text), lease.Id, Seconds.Of(lease.Ttl)),
                RequestJson.Default.CredentialRetrieveResult);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }
}
