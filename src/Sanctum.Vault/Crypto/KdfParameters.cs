namespace Sanctum.Crypto;

/// <summary>Argon2id's cost (RFC 9106).</summary>
/// <param name="MemoryKiB">Memory in KiB; 19,456 (OWASP's floor) to 1,048,576.</param>
/// <param name="Iterations">Passes over it; 2 to 16.</param>
public sealed record KdfParameters(int MemoryKiB, int Iterations)
{
    /// <summary>64 MiB, three passes: RFC 9106's second recommended option, with the one lane that libsodium has.</summary>
    public static KdfParameters Default { get; } = new(64 * 1024, 3);

    /// <summary>The cheapest that is accepted.</summary>
    public static KdfParameters Minimum { get; } = new(19 * 1024, 2);

    internal static KdfParameters Maximum { get; } = new(1024 * 1024, 16);

    /// <summary>Whether they are within the floor and the cap. A file's parameters are checked before they are used.</summary>
    public bool AreAcceptable =>
        MemoryKiB >= Minimum.MemoryKiB && MemoryKiB <= Maximum.MemoryKiB &&
        Iterations >= Minimum.Iterations && Iterations <= Maximum.Iterations;
}
