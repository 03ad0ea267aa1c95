using Sanctum.Client.Keys;

namespace Sanctum.Cli.Operators;

/// <summary>
/// A key for an agent that has one. It waits beside the agent's key file until the vault has taken it. So the key that
/// counts is on disk at every moment.
/// </summary>
/// <param name="Path">The agent's key file, of which this takes the place.</param>
/// <param name="Other">The file of the other kind, plain or protected, which goes: with both, it would be open which of them is read.</param>
/// <param name="PublicKey">64 hex digits.</param>
internal sealed record ReplacementKey(string Path, string Other, string PublicKey)
{
    /// <summary>Where it waits.</summary>
    public string Waiting => WaitingOf(Path);

    /// <summary>Makes a key. It is protected where that is requested, and where the agent's key was.</summary>
    public static ReplacementKey Write(VaultDirectory vault, string agent, bool protect, string? passphraseFile)
    {
        var plain = System.IO.Path.Join(vault.Keys, $"{agent}.key");
        var encrypted = plain + ".enc";
        protect |= File.Exists(encrypted) && !File.Exists(plain);
        var (path, other) = protect ? (encrypted, plain) : (plain, encrypted);

        // One that an earlier try left is worth nothing once this one counts, and until then the agent can be given another.
        File.Delete(WaitingOf(path));
        return new(path, other, NewKeyFile.WriteKey(vault, WaitingOf(path), protect, passphraseFile));
    }

    /// <summary>The vault has taken it.</summary>
    public void TakePlace()
    {
        File.Move(Waiting, Path, overwrite: true);
        FolderSync.Of(Path); // Before the other goes: a power cut must not leave the agent without a key.
        File.Delete(Other);
        FolderSync.Of(Other);
    }

    /// <summary>The vault has refused it.</summary>
    public void Discard() => File.Delete(Waiting);

    private static string WaitingOf(string path) => path + ".new";
}
