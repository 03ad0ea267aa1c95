using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Door;

/// <summary>
/// Makes placeholders of the shape of the real kind, because programs check it: a prefix that says the kind, and random characters after it. The prefixes are
/// those that the services document.
/// </summary>
internal static class PlaceholderText
{
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    // Longest first where one begins with another. How many characters follow is the usual number.
    private static readonly (string Prefix, int Length, string Characters)[] Kinds =
    [
        ("sk-ant-api03-", 93, Letters), ("sk-ant-oat01-", 93, Letters), ("sk-ant-", 93, Letters), ("sk-proj-", 64, Letters), ("sk-svcacct-", 64, Letters), ("sk-or-v1-", 64, Letters),
        ("sk_live_", 32, Letters), ("sk_test_", 32, Letters), ("rk_live_", 32, Letters), ("rk_test_", 32, Letters), ("sk-", 48, Letters),
        ("github_pat_", 82, Letters), ("ghp_", 36, Letters), ("gho_", 36, Letters), ("ghu_", 36, Letters), ("ghs_", 36, Letters), ("glpat-", 20, Letters),
        ("xoxb-", 48, Letters), ("xoxp-", 48, Letters), ("xapp-", 48, Letters), ("hf_", 34, Letters), ("npm_", 36, Letters), ("pypi-", 64, Letters),
        ("AIza", 35, Letters), ("AKIA", 16, Capitals), ("ASIA", 16, Capitals), ("SG.", 66, Letters), ("dop_v1_", 64, Letters), ("gsk_", 52, Letters), ("xai-", 80, Letters), ("r8_", 37, Letters),
    ];

    /// <summary>A new one.</summary>
    /// <param name="secret">What it stands for; only its kind is looked at.</param>
    public static string For(ReadOnlySpan<byte> secret)
    {
        foreach (var (prefix, length, characters) in Kinds)
        {
            if (secret.StartsWith(Encoding.ASCII.GetBytes(prefix)))
            {
                return prefix + RandomNumberGenerator.GetString(characters, length);
            }
        }

        // A JSON Web Token: {"alg":"none","typ":"JWT"} and {"sub":"placeholder"}, which says what it is to whoever decodes it (RFC 7515, section 3.1).
        return secret.StartsWith("eyJ"u8) && secret.Count((byte)'.') == 2
            ? "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJwbGFjZWhvbGRlciJ9." + RandomNumberGenerator.GetString(Letters, 43)
            : "sanctum" + RandomNumberGenerator.GetString(Letters, 40);
    }
}
