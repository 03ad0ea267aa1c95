using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Mcp.Asking;

/// <summary>
/// The name of a call that goes on, which the host keeps: <c>id (16) | expiry (8) | HMAC-SHA256 (32)</c> in base64url. The HMAC is under a key of this process, over the agent, the tool and
/// the arguments too. So a name that was made up, changed, or moved to another call is refused, and so is one of another process.
/// </summary>
internal sealed class CallToken
{
    private const int BodySize = 16 + 8;
    private const int Size = BodySize + HMACSHA256.HashSizeInBytes;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <param name="id">The call.</param>
    /// <param name="expiresAt">Until when the name is good.</param>
    /// <param name="bound">What the call is: see <see cref="BoundTo"/>.</param>
    public string Make(Guid id, DateTimeOffset expiresAt, ReadOnlySpan<byte> bound)
    {
        Span<byte> token = stackalloc byte[Size];
        id.TryWriteBytes(token);
        BinaryPrimitives.WriteInt64BigEndian(token[16..], expiresAt.ToUnixTimeMilliseconds());
        Mac(token[..BodySize], bound, token[BodySize..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Which call a name claims to be. Nothing is proved by it.</summary>
    public static Guid? Claimed(string token)
    {
        Span<byte> bytes = stackalloc byte[Size];
        return TryDecode(token, bytes) ? new Guid(bytes[..16]) : null;
    }

    /// <summary>Whether this process made the name, for just this call, and it is still good.</summary>
    public bool IsFor(string token, ReadOnlySpan<byte> bound, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[Size];
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!TryDecode(token, bytes))
        {
            return false;
        }

        Mac(bytes[..BodySize], bound, mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes[BodySize..]) && BinaryPrimitives.ReadInt64BigEndian(bytes[16..]) > now.ToUnixTimeMilliseconds();
    }

    /// <summary>What a call is: a hash of its agent, tool and arguments, each with its length.</summary>
    public static byte[] BoundTo(string agent, string tool, byte[] arguments)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in new[] { Encoding.UTF8.GetBytes(agent), Encoding.UTF8.GetBytes(tool), arguments })
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            hash.AppendData(length);
            hash.AppendData(part);
        }

        return hash.GetHashAndReset();
    }

    // Strictly: one call has one name.
    private static bool TryDecode(string token, Span<byte> bytes) =>
        token.Length == Base64Url.GetEncodedLength(Size) && Base64Url.TryDecodeFromChars(token, bytes, out var written) && written == Size && Base64Url.EncodeToString(bytes) == token;

    private void Mac(ReadOnlySpan<byte> body, ReadOnlySpan<byte> bound, Span<byte> mac)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hmac.AppendData(body);
        hmac.AppendData(bound);
        hmac.GetHashAndReset(mac);
    }
}
