using System.Security.Cryptography;

namespace Sanctum.Client.Keys;

/// <summary>What a key file held, pinned so that the collector leaves no copies, and zeroed at the end.</summary>
internal sealed class SecretContent(int length) : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    public Span<byte> Bytes => _bytes;

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
