using System.Security.Cryptography;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Client.Keys;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Operators;

/// <summary>A new agent's key pair, of which the private half is in a file.</summary>
internal sealed record NewKeyFile(string Path, string PublicKey)
{
    /// <summary>Makes a key and writes it where the SDKs look for it. An existing file is never touched.</summary>
    public static NewKeyFile Write(VaultDirectory vault, string agent, bool protect, string? passphraseFile)
    {
        var plain = System.IO.Path.Join(vault.Keys, $"{agent}.key");
        var encrypted = plain + ".enc";

        // Either one: with both, which of them an SDK takes would depend on whether it is given a passphrase.
        if (new[] { plain, encrypted }.FirstOrDefault(System.IO.Path.Exists) is { } existing)
        {
            throw CliErrors.KeyExists(existing);
        }

        var path = protect ? encrypted : plain;
        return new(path, WriteKey(vault, path, protect, passphraseFile));
    }

    /// <summary>Makes a key and writes it to a path in the folder of keys, where nothing lies yet.</summary>
    /// <returns>The public half, 64 hex digits.</returns>
    internal static string WriteKey(VaultDirectory vault, string path, bool protect, string? passphraseFile)
    {
        RequireSafe(vault.Keys);
        using var key = AgentKey.Generate();
        if (protect)
        {
            SaveProtected(key, path, passphraseFile);
        }
        else
        {
            key.Save(path);
        }

        return key.PublicKeyHex;
    }

    // Whoever can write the folder, or one above it, would choose where the private key goes, and could put another in its place.
    private static void RequireSafe(string folder)
    {
        var facts = FileFacts.At(folder);
        var flaw = facts is { Kind: FileKind.Link } ? $"{folder} is a symbolic link"
            : facts is { IsWritableByOthers: true } ? $"the folder {folder} can be written by other users"
            : FolderTrust.FlawOf(folder);
        if (flaw is not null)
        {
            throw CliErrors.UnsafeKeys(flaw);
        }
    }

    private static void SaveProtected(AgentKey key, string path, string? passphraseFile)
    {
        var passphrase = Passphrases.GetForKey(passphraseFile);
        try
        {
            // A string for once: it is what the client takes it as, and what the agent's own program will have it as.
            key.SaveProtected(path, Encoding.UTF8.GetString(passphrase));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(passphrase);
        }
    }
}
