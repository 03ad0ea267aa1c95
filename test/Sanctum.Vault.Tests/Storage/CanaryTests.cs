using System.Buffers.Binary;
using System.Text;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Storage;

public sealed class CanaryTests
{
    [Fact]
    public async Task Neither_secrets_nor_names_lie_in_the_store()
    {
        var store = new InMemoryVaultStore();
        await using var test = await TestVault.CreateAsync(store: store);
        await test.StoreAsync("canarypath/canaryleaf", "canarysecret", new CredentialOptions
        {
            Type = "canarytype",
            Description = "canarydescription",
            Tags = ["canarytag"],
            Hosts = ["canaryhost.example"],
            HeaderType = "custom:canaryheader",
        });
        await test.AllowAsync(PolicyActions.Retrieve | PolicyActions.Use, "canarypath/*", name: "canarypolicy");
        var session = await test.SignInAsync("canaryagent");
        var lease = await test.Vault.RetrieveAsync(session.Caller, CredentialPath.Parse("canarypath/canaryleaf"));
        await test.UseAsync(session.Caller, "canarypath/canaryleaf", "sign", """{"data":"canarydata"}""");
        await test.Vault.ChangePassphraseAsync(test.Operator, TestVault.Passphrase, "canarypassphrase"u8.ToArray());

        var content = await ContentAsync(store);
        string[] canaries = ["canary", lease.Lease.Id, session.Id, Encoding.UTF8.GetString(TestVault.Passphrase)];
        foreach (var canary in canaries)
        {
            Assert.False(Contains(content, Encoding.UTF8.GetBytes(canary)), canary);
        }

        byte[][] encoded =
        [
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower("canarysecret"u8)),
            Encoding.ASCII.GetBytes(Convert.ToBase64String("canarysecret"u8)),
            test.KeyOf("canaryagent").PublicKey,
        ];
        Assert.DoesNotContain(encoded, canary => Contains(content, canary));
    }

    [Fact]
    public async Task The_same_names_are_different_keys_in_another_vault()
    {
        await using var one = await TestVault.CreateAsync();
        await using var other = await TestVault.CreateAsync();
        await one.StoreAsync("a/b");
        await other.StoreAsync("a/b");
        Assert.NotEqual(one.Store.KeysOf(Collections.Credentials), other.Store.KeysOf(Collections.Credentials));
    }

    private static async Task<byte[]> ContentAsync(InMemoryVaultStore store)
    {
        using var content = new MemoryStream();
        content.Write(await store.ReadKeyDocumentAsync());
        var id = new byte[16];
        await using var snapshot = await store.SnapshotAsync();
        await foreach (var record in snapshot.ReadRecordsAsync())
        {
            BinaryPrimitives.WriteUInt128BigEndian(id, record.Key.Id);
            content.Write(id);
            content.Write(record.Data.Span);
        }

        await foreach (var segment in snapshot.ReadLogAsync())
        {
            content.Write(segment.Data.Span);
        }

        return content.ToArray();
    }

    private static bool Contains(byte[] content, byte[] canary) => content.AsSpan().IndexOf(canary) >= 0;
}
