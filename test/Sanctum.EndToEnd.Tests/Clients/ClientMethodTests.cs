using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Clients;

/// <summary>Each thing that the .NET client does, with the real daemon.</summary>
[Collection(nameof(ClientVault))]
public sealed class ClientMethodTests(ClientVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task The_client_lists_credentials(Transport transport)
    {
        await using var client = await vault.OpenAsync(ClientVault.Agent, transport);
        var all = await client.ListAsync();
        Assert.Equal(["asked/key", "limited/key", ClientVault.Bytes, ClientVault.Key], all.Select(it => it.Path));
        var key = all[^1];
        Assert.Equal(("token", "the team's", "one"), (key.Type, key.Description, Assert.Single(key.Tags)));
        Assert.True(key.CreatedAt <= key.UpdatedAt && key.UpdatedAt <= DateTimeOffset.UtcNow);
        Assert.Equal([ClientVault.Bytes, ClientVault.Key], (await client.ListAsync("team/")).Select(it => it.Path));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task The_client_retrieves_text(Transport transport)
    {
        await using var client = await vault.OpenAsync(ClientVault.Agent, transport);
        Assert.Equal(ClientVault.Secret, await client.RetrieveAsync(ClientVault.Key));
    }

    [Fact]
    public async Task It_retrieves_bytes_on_a_lease_that_it_renews_and_gives_back()
    {
        await using var client = await vault.OpenAsync();
        var lease = await client.RetrieveLeaseAsync(ClientVault.Bytes, TimeSpan.FromSeconds(30));
        Assert.Equal(ClientVault.SecretBytes, lease.Bytes.ToArray());
        Assert.Equal((ClientVault.Bytes, TimeSpan.FromSeconds(30)), (lease.Path, lease.Ttl));
        var until = lease.ExpiresAt;
        await lease.RenewAsync(TimeSpan.FromSeconds(90));
        Assert.True(lease.ExpiresAt > until);
        Assert.Contains(lease.LeaseId, await vault.LeasesAsync(ClientVault.Agent));

        await lease.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => lease.Bytes);
        Assert.DoesNotContain(lease.LeaseId, await vault.LeasesAsync(ClientVault.Agent));
    }

    [Fact]
    public async Task It_lists_renews_and_releases_leases_by_their_id()
    {
        await using var client = await vault.OpenAsync(ClientVault.Holder);
        await client.RetrieveAsync(ClientVault.Key, TimeSpan.FromSeconds(30));
        var held = Assert.Single(await client.ListLeasesAsync());
        Assert.Equal((ClientVault.Key, TimeSpan.FromSeconds(30), 0), (held.Path, held.Ttl, held.Renewals));

        var renewed = await client.RenewLeaseAsync(held.LeaseId, TimeSpan.FromSeconds(60));
        Assert.Equal((held.LeaseId, TimeSpan.FromSeconds(60)), (renewed.LeaseId, renewed.Ttl));
        await client.ReleaseLeaseAsync(held.LeaseId);
        Assert.Empty(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task It_uses_a_secret_that_it_does_not_see()
    {
        await using var client = await vault.OpenAsync();
        var result = await client.UseAsync(ClientVault.Key, "sign", new JsonObject { ["payload"] = "x" });
        Assert.Equal(Hmac("x"), result.GetProperty("signature").GetString());

        var signed = await client.SignAsync(ClientVault.Key, "x", "hmac-sha256");
        Assert.Equal((Hmac("x"), "hmac-sha256"), (signed.Value, signed.Algorithm));
        Assert.True(await client.VerifyAsync(ClientVault.Key, "x", signed.Value));
        Assert.False(await client.VerifyAsync(ClientVault.Key, "y", signed.Value));

        var ciphertext = await client.EncryptAsync(ClientVault.Key, "a text", "aad");
        Assert.Equal("a text", await client.DecryptAsync(ClientVault.Key, ciphertext, "aad"));

        var header = await client.GetHttpHeaderAsync(ClientVault.Key, "custom", "X-Own-Key");
        Assert.Equal(("X-Own-Key", ClientVault.Secret), (header.Name, header.Value));
    }

    [Fact]
    public async Task Logging_out_gives_everything_back_and_the_next_call_signs_in_again()
    {
        await using var client = await vault.OpenAsync(ClientVault.Holder);
        await client.RetrieveAsync(ClientVault.Key);
        await client.LogoutAsync();
        Assert.Empty(await vault.LeasesAsync(ClientVault.Holder));
        Assert.Empty(await client.ListLeasesAsync());
    }

    [Fact]
    public async Task Disposing_it_releases_all_its_leases_and_no_others()
    {
        await using var other = await vault.OpenAsync(ClientVault.Holder);
        await other.RetrieveAsync(ClientVault.Key);
        await using (var client = await vault.OpenAsync(ClientVault.Holder))
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => client.RetrieveAsync(ClientVault.Key)));
            Assert.Equal(11, (await vault.LeasesAsync(ClientVault.Holder)).Length);
        }

        Assert.Single(await vault.LeasesAsync(ClientVault.Holder));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Two_hundred_tasks_share_one_client(Transport transport)
    {
        await using var client = await vault.OpenAsync(ClientVault.Agent, transport);
        var signatures = await Task.WhenAll(Enumerable.Range(0, 200).Select(it => Task.Run(() => client.SignAsync(ClientVault.Key, $"{it}"))));
        Assert.All(signatures.Index(), it => Assert.Equal(Hmac($"{it.Index}"), it.Item.Value));
    }

    private static string Hmac(string text) =>
        Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(ClientVault.Secret), Encoding.UTF8.GetBytes(text)));
}
