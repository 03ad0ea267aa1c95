namespace Sanctum.Client.Connections;

/// <summary>
/// What this client is willing to sign. A challenge is bytes of the daemon's choosing, and a signature is good for whatever
/// those bytes mean to somebody else; so they must be a challenge and can't be anything else.
/// <code>
/// "sanctum-auth-v1\0" (16) | vault id (16) | nonce (32)     with the label: exactly 64 bytes
/// random (32 to 64)                                         without it, unless the label is required
/// </code>
/// Without the label, three things are refused. Less than 32 bytes is too little to be fresh. More than 64 is room for a document:
/// an SSH login, a TLS 1.3 handshake and a certificate are all longer than that when they are signed. And bytes that begin with
/// <c>sanctum-</c> or with 16 printable ASCII characters carry a label of another purpose or are text; random bytes begin so once in
/// 8 million challenges, and then the sign-in fails and the next one works.
/// </summary>
internal static class ChallengeRule
{
    private const int Labelled = 16 + 16 + 32;
    private const int Shortest = 32;
    private const int Longest = 64;

    private static ReadOnlySpan<byte> Label => "sanctum-auth-v1\0"u8;

    /// <summary>The bytes to sign.</summary>
    /// <exception cref="AuthException">They must not be signed.</exception>
    public static byte[] Read(string hex, bool requireLabel)
    {
        byte[] challenge;
        try
        {
            challenge = Convert.FromHexString(hex);
        }
        catch (FormatException malformed)
        {
            throw Errors.NotAChallenge("it is not hex digits", malformed);
        }

        Check(challenge, requireLabel);
        return challenge;
    }

    private static void Check(ReadOnlySpan<byte> challenge, bool requireLabel)
    {
        if (challenge.StartsWith(Label))
        {
            if (challenge.Length != Labelled)
            {
                throw Errors.NotAChallenge("it has the right label and the wrong length");
            }
        }
        else if (requireLabel)
        {
            throw Errors.NotAChallenge("it has no label of this protocol, and the options require one");
        }
        else if (challenge.Length is < Shortest or > Longest)
        {
            throw Errors.NotAChallenge("without a label, a challenge is 32 to 64 bytes");
        }
        else if (challenge.StartsWith("sanctum-"u8) || !challenge[..16].ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            throw Errors.NotAChallenge("it begins with text or with a label of another purpose");
        }
    }
}
