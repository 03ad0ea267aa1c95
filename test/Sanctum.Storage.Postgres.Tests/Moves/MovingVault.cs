using System.Text;
using System.Text.Json;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Hosting.Moves;

namespace Sanctum.Storage.Postgres.Tests.Moves;

/// <summary>A vault in its folder, which moves as the command moves it, but in this process.</summary>
internal sealed class MovingVault : IAsyncDisposable
{
    public const string Secret = "a secret that goes along";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-move-");

    public string Place => _folder.FullName;

    public string Journal => Path.Join(Place, "vault.move");

    public string Config => Path.Join(Place, "config.json");

    /// <summary>What <c>config.json</c> says of where the vault is.</summary>
    public bool IsInDatabase => VaultStores.IsElsewhere(Place);

    public static async Task<MovingVault> MakeAsync()
    {
        var made = new MovingVault();
        await using var store = await VaultStores.CreateAsync(made.Place);
        await using var vault = await Vault.CreateAsync(store, SeveralVaults.Passphrase);
        var by = await vault.UnsealAsync(SeveralVaults.Passphrase);
        await vault.Credentials.StoreAsync(by, SeveralVaults.Path, Encoding.UTF8.GetBytes(Secret));
        return made;
    }

    /// <summary>One that is in the database already.</summary>
    public static async Task<MovingVault> MakeInAsync(string database)
    {
        var made = await MakeAsync();
        await made.OutAsync(database);
        return made;
    }

    public Task<MovedVault> OutAsync(string database) => VaultMoves.ToDatabaseAsync(Place, database, null, SeveralVaults.Passphrase);

    public Task<MovedVault> BackAsync() => VaultMoves.ToFolderAsync(Place, SeveralVaults.Passphrase);

    /// <summary>Has <c>config.json</c> name another way to the database.</summary>
    public void GoThrough(string database) => File.WriteAllText(Config, $$"""{"store": {"postgres": {{JsonSerializer.Serialize(database)}} } }""");

    /// <summary>Opens the vault where it is, as a daemon of this folder would, checks all of it, and reads what is in it.</summary>
    public async Task<string> OpenAsync()
    {
        await using var store = await VaultStores.OpenAsync(Place);
        return await ReadAsync(store);
    }

    /// <summary>The same as a daemon of another folder would.</summary>
    public static async Task<string> OpenInAsync(string database)
    {
        await using var store = await PostgresVaultStore.OpenAsync(database);
        return await ReadAsync(store);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<string> ReadAsync(IVaultStore store)
    {
        await using var vault = await Vault.OpenAsync(store);
        var by = await vault.UnsealAsync(SeveralVaults.Passphrase);
        await vault.Audit.VerifyAsync(by);
        using var secret = await vault.Credentials.GetAsync(by, SeveralVaults.Path);
        return Encoding.UTF8.GetString(secret.Span);
    }
}
