using System.Buffers;
using System.Text;
using Sanctum.Crypto;

namespace Sanctum.Egress.Aws;

/// <summary>
/// An AWS access key, as it is stored: <c>ACCESS_KEY_ID:SECRET_ACCESS_KEY</c>, or <c>ACCESS_KEY_ID:SECRET_ACCESS_KEY:SESSION_TOKEN</c>
/// for temporary ones. The same for services that AWS does not run but that sign alike.
/// </summary>
internal sealed class AwsCredential : IDisposable
{
    private const int MaxIdLength = 128;
    private const byte Separator = (byte)':';

    // AWS itself makes letters, digits and '_' (IAM, AccessKeyIdType). It goes into a header between '=', '/' and ','.
    private static readonly SearchValues<byte> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."u8);

    private AwsCredential(ReadOnlySpan<byte> id, ReadOnlySpan<byte> secretKey, ReadOnlySpan<byte> sessionToken)
    {
        AccessKeyId = Encoding.ASCII.GetString(id);
        SecretKey = new SecretBytes(secretKey);
        SessionToken = sessionToken.IsEmpty ? null : new SecretBytes(sessionToken);
    }

    /// <summary>Which key it is. Not a secret: it stands in every request, and in AWS's own logs.</summary>
    public string AccessKeyId { get; }

    /// <summary>What is signed with. It is never sent.</summary>
    public SecretBytes SecretKey { get; }

    /// <summary>Of a temporary key; it is sent with every request, and worthless without <see cref="SecretKey"/>.</summary>
    public SecretBytes? SessionToken { get; }

    /// <summary>The parts that must not be found in a response. <see cref="AwsSignature.Signature"/> is another.</summary>
    public IReadOnlyList<SecretBytes> SecretParts => SessionToken is null ? [SecretKey] : [SecretKey, SessionToken];

    /// <summary>Reads a credential's secret. What does not fit is refused, never trimmed.</summary>
    /// <exception cref="VaultException">It is no access key; unsupported operation.</exception>
    public static AwsCredential Parse(ReadOnlySpan<byte> secret)
    {
        Span<Range> parts = stackalloc Range[4];
        var count = Split(secret, parts);
        if (count is < 2 or > 3)
        {
            throw NotAnAccessKey("it is not two or three parts with ':' between them");
        }

        var id = secret[parts[0]];
        var secretKey = secret[parts[1]];
        var sessionToken = count == 3 ? secret[parts[2]] : [];
        if (id.Length is 0 or > MaxIdLength || id.ContainsAnyExcept(IdCharacters))
        {
            throw NotAnAccessKey($"the part before the first ':' is not 1 to {MaxIdLength} letters, digits, '_', '-' and '.'");
        }

        if (!IsVisible(secretKey) || (count == 3 && !IsVisible(sessionToken)))
        {
            throw NotAnAccessKey("a part after a ':' is empty, or has spaces, line breaks or non-ASCII characters");
        }

        return new AwsCredential(id, secretKey, sessionToken);
    }

    public void Dispose()
    {
        SecretKey.Dispose();
        SessionToken?.Dispose();
    }

    private static int Split(ReadOnlySpan<byte> secret, Span<Range> parts)
    {
        var count = 0;
        foreach (var part in secret.Split(Separator))
        {
            if (count == parts.Length)
            {
                break;
            }

            parts[count++] = part;
        }

        return count;
    }

    private static bool IsVisible(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    private static VaultException NotAnAccessKey(string why) => Errors.UnsuitableSecret(
        $"this secret is not an AWS access key: {why}",
        "store it as ACCESS_KEY_ID:SECRET_ACCESS_KEY, or ACCESS_KEY_ID:SECRET_ACCESS_KEY:SESSION_TOKEN; a line break at the end is a common mistake");
}
