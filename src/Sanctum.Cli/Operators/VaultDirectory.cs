using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Cli.Operators;

/// <summary>The vault's folder, and where things are in it.</summary>
internal sealed class VaultDirectory
{
    public const string Variable = "SANCTUM_VAULT_PATH";

    private const int LongestKeyDocument = 64 * 1024;

    private VaultDirectory(string path) => Path = path;

    /// <summary>The folder, absolute.</summary>
    public string Path { get; }

    public string KeyDocumentFile => System.IO.Path.Join(Path, "vault.sealed");

    public string Socket => System.IO.Path.Join(Path, "vault.sock");

    public string AdminSocket => System.IO.Path.Join(Path, "admin.sock");

    public string Log => System.IO.Path.Join(Path, "daemon.log");

    public string Keys => System.IO.Path.Join(Path, "keys");

    /// <summary>Whether there is a vault, as far as can be seen without opening it: in the folder, or where its configuration says.</summary>
    public bool HoldsVault => HoldsKeyDocument || VaultStores.IsElsewhere(Path);

    /// <summary>Whether there is a vault in the folder itself.</summary>
    public bool HoldsKeyDocument => File.Exists(KeyDocumentFile);

    /// <summary>The seal providers that the vault says it has. None where that can't be read: whoever opens the vault says why.</summary>
    public async Task<IReadOnlyList<SealProviderInfo>> ReadSealProvidersAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false) is { } document ? SealProviderInfo.ReadFrom(document) : [];
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or VaultException or StoreException or OperatorException)
        {
            return [];
        }
    }

    private async Task<byte[]?> ReadKeyDocumentAsync(CancellationToken cancellationToken)
    {
        if (!VaultStores.IsElsewhere(Path))
        {
            return FoundFile.TryRead(KeyDocumentFile, KeyDocumentFile, FileTrust.VaultsOwn, LongestKeyDocument);
        }

        await using var store = await VaultStores.OpenAsync(Path, cancellationToken).ConfigureAwait(false);
        return await store.ReadKeyDocumentAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The folder of <c>--vault-path</c>, else of the variable, else <c>~/.sanctum</c>.</summary>
    public static VaultDirectory Resolve(string? option)
    {
        var named = option ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable : null);
        if (named is { Length: 0 })
        {
            throw CliErrors.Usage("--vault-path is empty");
        }

        return At(named is not null ? HomeFolder.Expand(named) : System.IO.Path.Join(Home(), ".sanctum"));
    }

    public static VaultDirectory At(string path) => new(System.IO.Path.GetFullPath(path));

    private static string Home() => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home
        ? home
        : throw CliErrors.NoHome(Environment.GetEnvironmentVariable("HOME"), Variable);
}
