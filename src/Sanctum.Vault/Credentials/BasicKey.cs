using System.Collections.Frozen;
using System.Text;

namespace Sanctum.Credentials;

/// <summary>Which part of <c>user:password</c> is the key. Mostly the password; but Stripe, Ashby, Freshdesk and others take an API key as the user name, with
/// a password that is empty or means nothing.</summary>
internal static class BasicKey
{
    // What services' own documents write there.
    private static readonly FrozenSet<string> NoPasswords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "unused", "ignored", "anything", "nothing", "none", "null", "blank", "empty", "dummy", "nopass", "nopassword", "no-password", "api_token", "x-oauth-basic");

    /// <summary>The part of it that is the key; all of it where there is no colon.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> secret)
    {
        var colon = secret.IndexOf((byte)':');
        return colon < 0 ? secret : IsNoPassword(secret[(colon + 1)..]) ? secret[..colon] : secret[(colon + 1)..];
    }

    // "", "x", "xxxx", "---".
    private static bool IsNoPassword(ReadOnlySpan<byte> password) =>
        password.IsEmpty || !password.ContainsAnyExcept(password[0]) || NoPasswords.Contains(Encoding.Latin1.GetString(password));
}
