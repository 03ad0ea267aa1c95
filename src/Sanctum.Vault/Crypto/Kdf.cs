using NSec.Cryptography;

namespace Sanctum.Crypto;

/// <summary>Turns a passphrase into a key with Argon2id.</summary>
internal static class Kdf
{
    public const int SaltSize = 16;
    public const int KeySize = 32;

    /// <exception cref="ArgumentOutOfRangeException">The parameters are outside their bounds.</exception>
    public static SecretBytes Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, KdfParameters parameters)
    {
        if (!parameters.AreAcceptable)
        {
            throw new ArgumentOutOfRangeException(nameof(parameters));
        }

        var argon2 = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = parameters.MemoryKiB,
            NumberOfPasses = parameters.Iterations,
        });
        var key = new SecretBytes(KeySize);
        argon2.DeriveBytes(passphrase, salt, key.Writable);
        return key;
    }
}
