using System.Globalization;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// What the log keeps of a name that nobody has. It came from an agent and can be anything, a secret pasted by mistake too; so it is
/// not kept, but what tells it from others is: its length, and a hash under a key of the vault's, from which nobody can find it by guessing.
/// </summary>
internal static class UnknownName
{
    /// <summary>Such as <c>(unknown path of 12 characters, 9f86d081884c7d65)</c>: the same for the same name.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="kind">What it would be the name of: <c>path</c>, <c>agent</c>, <c>operation</c>.</param>
    /// <param name="name">The name.</param>
    public static string Of(UnsealedVault vault, string kind, string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"(unknown {kind} of {name.Length} {(name.Length == 1 ? "character" : "characters")}, {(ulong)(vault.Codec.KeyOf(Collections.Unknown, name).Id >> 64):x16})");
}
