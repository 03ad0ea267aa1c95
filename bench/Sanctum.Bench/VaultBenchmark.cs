using System.Diagnostics;
using System.Text;
using Sanctum.Credentials;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench;

/// <summary>A large vault: how long it takes to unseal, to list and to verify, and what it weighs.</summary>
internal static class VaultBenchmark
{
    public static async Task RunAsync(BenchFolder folder, BenchOptions options)
    {
        var path = Path.Join(folder.Path, "large");
        var passphrase = Encoding.UTF8.GetBytes("benchmark passphrase");
        await FillAsync(path, passphrase, options.Credentials);

        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var store = await SqliteVaultStore.OpenAsync(path);
        await using var vault = await Vault.OpenAsync(store);
        var watch = Stopwatch.StartNew();
        var by = await vault.UnsealAsync(passphrase);
        Console.WriteLine($"unseal a vault of {options.Credentials} credentials: {watch.ElapsedMilliseconds} ms");
        watch.Restart();
        var all = await vault.Credentials.ListAsync(by);
        Console.WriteLine($"list them: {watch.ElapsedMilliseconds} ms ({all.Count})");
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"memory held: {(after - before) / 1024.0 / 1024.0:0.0} MiB; database: {new FileInfo(Path.Join(path, "vault.db")).Length / 1024.0 / 1024.0:0.0} MiB");
        watch.Restart();
        var verified = await vault.Audit.VerifyAsync(by);
        Console.WriteLine($"verify {verified.Entries} audit entries: {watch.ElapsedMilliseconds} ms, {verified.Entries / watch.Elapsed.TotalSeconds:0}/s");
    }

    private static async Task FillAsync(string path, byte[] passphrase, int credentials)
    {
        await using var store = await SqliteVaultStore.CreateAsync(path);
        await using var vault = await Vault.CreateAsync(store, passphrase);
        var by = await vault.UnsealAsync(passphrase);
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, credentials, new ParallelOptions { MaxDegreeOfParallelism = 256 }, async (i, token) =>
            await vault.Credentials.StoreAsync(
                by,
                CredentialPath.Parse($"team{i % 100}/service{i}/api_key"),
                Encoding.UTF8.GetBytes($"secret number {i}, which is about as long as an API key"),
                new CredentialOptions { Description = $"the key of service {i}", Tags = ["bench"] },
                token));
        Console.WriteLine($"store {credentials} credentials: {watch.Elapsed.TotalSeconds:0.0} s");
    }
}
