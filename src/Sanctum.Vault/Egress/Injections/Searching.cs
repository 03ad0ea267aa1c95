using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Injections;

/// <summary>What may go out is only what can be searched for in what comes back.</summary>
internal static class Searching
{
    /// <param name="needles">What is searched for.</param>
    /// <param name="secret">What is added to it.</param>
    /// <param name="once">Whether no other request will have it.</param>
    /// <exception cref="VaultException">It is too short or too long for that; unsupported operation.</exception>
    public static void Add(Needles needles, ReadOnlySpan<byte> secret, bool once = false)
    {
        Require(secret);
        needles.Add(secret, once);
    }

    /// <exception cref="VaultException">It is too short or too long to be searched for; unsupported operation.</exception>
    public static void Require(ReadOnlySpan<byte> secret)
    {
        if (secret.Length is < Needles.MinLength or > Needles.MaxLength)
        {
            throw Errors.UnsuitableSecret(
                $"responses can't be searched for this secret: it must have {Needles.MinLength} to {Needles.MaxLength} bytes; of 'user:password', the password",
                "use a longer secret; if the user name is the key, store it as KEY: or KEY:x");
        }
    }
}
