using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Mcp.Http;

/// <summary>The tokens that open a server over HTTP, one for each host. Only their hashes are kept here. They are no agent's key, and open nothing else.</summary>
public sealed class HttpTokens
{
    /// <summary>The fewest characters of a token.</summary>
    public const int Shortest = 32;

    private const int Longest = 256;
    private const int MostTokens = 32;

    private readonly byte[][] _hashes;

    private HttpTokens(byte[][] hashes) => _hashes = hashes;

    /// <summary>A new token: 32 random bytes in base64url.</summary>
    public static string Generate() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Reads a file of tokens, one on each line.</summary>
    /// <param name="content">What is in it.</param>
    /// <returns>Null where it has none, more than 32, or a line that is no token: 32 to 256 letters, digits, <c>-</c>, <c>_</c>, <c>.</c>, <c>~</c>, <c>+</c> or <c>/</c>, then <c>=</c>.</returns>
    public static HttpTokens? Parse(ReadOnlySpan<byte> content)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return lines.Length is >= 1 and <= MostTokens && lines.All(IsToken) ? new HttpTokens([.. lines.Select(Hash)]) : null;
    }

    /// <summary>Whose request it is: which token it has, as the hash in hex; null for none of these. All are compared, in the same time.</summary>
    internal string? OwnerOf(string? authorization)
    {
        const string scheme = "Bearer ";
        if (authorization is null || authorization.Length > scheme.Length + Longest || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var given = Hash(authorization[scheme.Length..]);
        string? owner = null;
        foreach (var hash in _hashes)
        {
            owner = CryptographicOperations.FixedTimeEquals(hash, given) ? Convert.ToHexStringLower(hash) : owner;
        }

        return owner;
    }

    private static bool IsToken(string line) =>
        line.Length is >= Shortest and <= Longest && line.TrimEnd('=').All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '~' or '+' or '/');

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
