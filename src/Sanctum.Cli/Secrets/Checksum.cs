using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace Sanctum.Cli.Secrets;

/// <summary>Secrets that prove themselves.</summary>
internal static class Checksum
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int PrefixLength = 4, RandomLength = 30;

    /// <summary>GitHub's tokens end with the CRC-32 of their random part, six digits in base 62 (github.blog, "Behind GitHub's new authentication token formats").</summary>
    public static bool IsGitHubs(string token)
    {
        var sum = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(token, PrefixLength, RandomLength));
        for (var at = token.Length - 1; at >= PrefixLength + RandomLength; at--, sum /= (uint)Base62.Length)
        {
            if (token[at] != Base62[(int)(sum % (uint)Base62.Length)])
            {
                return false;
            }
        }

        return sum == 0;
    }

    /// <summary>The first part of a JSON Web Token is JSON with <c>alg</c>.</summary>
    public static bool IsJwt(string token)
    {
        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(token.AsSpan(0, token.IndexOf('.', StringComparison.Ordinal))));
            return header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty("alg", out _);
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return false; // Letters that look like one, and are not.
        }
    }
}
