using System.Security.Cryptography;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Protocol.Messages;

namespace Sanctum.Daemon.Rpc.Methods;

/// <summary><c>retrieve</c>: the secret's bytes in hex, on a lease.</summary>
internal sealed class RetrieveMethod() : RpcMethod<RetrieveParams>(Protocol.Messages.Methods.Retrieve, RequestJson.Default.RetrieveParams)
{
    /// <summary>The largest reply, and the largest secret.</summary>
    public override long ReplyAllowance => Protocol.Framing.FrameLimits.Reply + (1024 * 1024);

    protected override async ValueTask RunAsync(RetrieveParams parameters, RpcCall call)
    {
        using var retrieved = await call.Connection.Vault.RetrieveAsync(
            call.Connection.SignIn.Caller(parameters.SessionId),
            CredentialPath.Parse(parameters.Path),
            Seconds.ToTtl(parameters.Ttl),
            RetrievalForm.Hex,
            call.Connection.Gone).ConfigureAwait(false);
        var bytes = Copy(retrieved.Secret.Span);
        try
        {
            var lease = retrieved.Lease;
            call.Write(
                new RetrieveResult(lease.Path.Value, new HexBytes(bytes), lease.Id, Seconds.Of(lease.Ttl), lease.ExpiresAt, retrieved.Credential.Type),
                RequestJson.Default.RetrieveResult);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static byte[] Copy(ReadOnlySpan<byte> secret)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(secret.Length, pinned: true);
        secret.CopyTo(bytes);
        return bytes;
    }
}
