using Sanctum.Crypto;
#pragma warning disable CS1591, CA1822, IDE0060
namespace Sanctum.Credentials;

public sealed class CredentialRegistry
{
    internal CredentialRegistry() { }
    public Task<CredentialInfo> StoreAsync(Operator by, CredentialPath path, ReadOnlyMemory<byte> secret, CredentialOptions? options = null, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>The secret itself; audited. Caller disposes.</summary>
    public Task<SecretBytes> GetAsync(Operator by, CredentialPath path, CancellationToken cancellationToken = default) => throw null!;
    public Task<IReadOnlyList<CredentialInfo>> ListAsync(Operator by, string? type = null, string? tag = null, CancellationToken cancellationToken = default) => throw null!;
    public Task RemoveAsync(Operator by, CredentialPath path, CancellationToken cancellationToken = default) => throw null!;
}
