using System.Text.Json;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Moves;

/// <summary>A vault in its folder, a database that it can go to, and the folder of another daemon that looks there.</summary>
internal sealed class MovingHome(string database) : IAsyncDisposable
{
    public SanctumHome Here { get; } = new();

    public SanctumHome There { get; } = new();

    public string Database => database;

    public string Config => Path.Join(Here.Vault, "config.json");

    public bool IsPending => File.Exists(Path.Join(Here.Vault, "vault.move"));

    /// <summary>What <c>config.json</c> says of where the vault is.</summary>
    public bool IsInDatabase => File.Exists(Config) && JsonDocument.Parse(File.ReadAllText(Config)).RootElement.TryGetProperty("store", out _);

    public static async Task<MovingHome> MadeAsync(string database)
    {
        var home = new MovingHome(database);
        (await home.Here.RunAsync("init")).Done();
        await home.Here.StoreAsync("a/b", "a secret");
        await home.Here.StoreAsync("a/b", "a second secret");
        Directory.CreateDirectory(home.There.Vault, HostTools.Folder700);
        home.There.Configure(home.StoreJson());
        return home;
    }

    public string StoreJson() => StoreOf(database);

    public static string StoreOf(string database) => $$"""{"store": {"postgres": {{JsonSerializer.Serialize(database)}} } }""";

    public Task<CliResult> OutAsync(params string[] more) => Here.RunAsync(["vault", "move", "--to", database, .. more]);

    public Task<CliResult> BackAsync(params string[] more) => Here.RunAsync(["vault", "move", "--to", "folder", .. more]);

    /// <summary>Whether the vault opens, and is whole.</summary>
    public static async Task<bool> OpensAsync(SanctumHome home) => (await home.RunAsync("audit", "verify")).ExitCode == 0 && (await home.RunAsync("get", "a/b")).Output == "a second secret";

    public async ValueTask DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
    }
}
