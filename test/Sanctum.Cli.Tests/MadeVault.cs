using System.Text;
using Sanctum.Crypto;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Cli.Tests;

/// <summary>
/// The files of a vault as <c>sanctum init</c> makes them, but with the least work that may stand before its passphrase: made once, and copied for
/// each test, since hundreds of commands open one.
/// </summary>
internal static class MadeVault
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly Lazy<Task<IReadOnlyDictionary<string, byte[]>>> Files = new(MakeAsync);

    public static async Task CopyToAsync(string folder)
    {
        Directory.CreateDirectory(folder, Mine | UnixFileMode.UserExecute);
        foreach (var (name, content) in await Files.Value)
        {
            var path = Path.Join(folder, name);
            await File.WriteAllBytesAsync(path, content);
            File.SetUnixFileMode(path, Mine);
        }
    }

    private static async Task<IReadOnlyDictionary<string, byte[]>> MakeAsync()
    {
        var root = Directory.CreateTempSubdirectory("sanctum-cli-");
        var folder = Path.Join(root.FullName, ".sanctum");
        await using (var store = await SqliteVaultStore.CreateAsync(folder))
        {
            await using var vault = await Vault.CreateAsync(store, Encoding.UTF8.GetBytes(CliFolder.Passphrase), new VaultOptions { Kdf = KdfParameters.Minimum });
        }

        var files = Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);
        root.Delete(recursive: true);
        return files;
    }
}
