using System.Security.Cryptography;
using System.Text;
using Sanctum.Agents;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench.Siege;

/// <summary>Makes the vault that is besieged.</summary>
internal static class SiegeVault
{
    public const string Passphrase = "benchmark passphrase";

    public static async Task PrepareAsync(SiegeField field)
    {
        await using var store = await SqliteVaultStore.CreateAsync(field.Vault);
        var passphrase = Encoding.UTF8.GetBytes(Passphrase);
        await using var vault = await Vault.CreateAsync(store, passphrase);
        var by = await vault.UnsealAsync(passphrase);
        foreach (var agent in (string[])[SiegeField.Healthy, SiegeField.Stranger, .. SiegeField.Greedy])
        {
            using var key = AgentKey.Generate();
            key.Save(Path.Join(field.Vault, "keys", $"{agent}.key"));
            await vault.Agents.RegisterAsync(by, AgentName.Parse(agent), key.PublicKey);
        }

        Task StoreAsync(string path, byte[] secret, CredentialOptions? options = null) =>
            vault.Credentials.StoreAsync(by, CredentialPath.Parse(path), secret, options);

        await StoreAsync(SiegeField.HmacKey, RandomNumberGenerator.GetBytes(32));
        await StoreAsync(SiegeField.SealingKey, RandomNumberGenerator.GetBytes(32));
        await StoreAsync(SiegeField.Shared, Encoding.UTF8.GetBytes("a secret that agents may retrieve"));
        await StoreAsync(SiegeField.Service, Encoding.UTF8.GetBytes("sk-siege-7Rk2mQ9vXt4LpZ8w"), new CredentialOptions { AllowedOrigins = [field.Origin] });
        using var rsa = RSA.Create(4096);
        await StoreAsync(SiegeField.RsaKey, Encoding.UTF8.GetBytes(rsa.ExportPkcs8PrivateKeyPem()));
        await vault.Policies.AddAsync(by, new Policy
        {
            Name = "healthy", Principal = $"agent:{SiegeField.Healthy}", Resources = ["siege/*"], Actions = PolicyActions.List | PolicyActions.Use,
        });
        await vault.Policies.AddAsync(by, new Policy
        {
            Name = "greedy", Principal = "agent:greedy-*", Resources = ["siege/*"], Actions = PolicyActions.List | PolicyActions.Use | PolicyActions.Retrieve,
        });
        await File.WriteAllTextAsync(
            Path.Join(field.Vault, "config.json"), $$$"""{"listeners":{"tcp":"127.0.0.1:{{{field.TcpPort}}}"},"egress":{"requests_per_minute":0}}""");
    }
}
