using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Client.Tests.Connections;

/// <summary>A daemon that is sealed while the client is connected to it, and another one that is not.</summary>
public sealed class SealedDaemonTests
{
    private const string Sealed = ""","context":{"daemon":"sealed"}""";

    [Fact]
    public async Task A_call_that_a_sealed_daemon_has_not_begun_is_made_at_another_one()
    {
        using var first = new ScriptedPeer();
        using var second = new ScriptedPeer();
        var (client, connection) = await first.ConnectAsync(Both(first, second));
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "VAULT_LOCKED", Sealed);

        using var there = await second.AcceptAsync();
        await there.SignInAsync("session-2");
        await there.ReplyAsync(await there.ReadAsync("use"), """{"signature":"c2ln","algorithm":"hmac-sha256"}""");
        Assert.Equal(new CredentialSignature("c2ln", "hmac-sha256"), await call.WaitAsync(ScriptedPeer.Deadline));
        Assert.True(await connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task A_call_that_ran_when_the_daemon_was_sealed_is_not_repeated_and_the_next_one_goes_elsewhere()
    {
        using var first = new ScriptedPeer();
        using var second = new ScriptedPeer();
        var (client, connection) = await first.ConnectAsync(Both(first, second));
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "VAULT_LOCKED");
        await Assert.ThrowsAsync<VaultLockedException>(() => call.WaitAsync(ScriptedPeer.Deadline));

        var next = client.VerifyAsync("k", "data", "sig");
        using var there = await second.AcceptAsync();
        await there.SignInAsync("session-2");
        var request = await there.ReadAsync("use");
        Assert.Equal("verify", request["operation"]);
        await there.ReplyAsync(request, """{"valid":true}""");
        Assert.True(await next.WaitAsync(ScriptedPeer.Deadline));
    }

    [Fact]
    public async Task Where_all_daemons_are_sealed_the_call_says_so_and_ends()
    {
        using var first = new ScriptedPeer();
        using var second = new ScriptedPeer();
        var (client, connection) = await first.ConnectAsync(Both(first, second));
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "VAULT_LOCKED", Sealed);
        foreach (var peer in new[] { second, first })
        {
            using var there = await peer.AcceptAsync();
            await there.RefuseAsync(await there.ReadAsync("authenticate"), "VAULT_LOCKED", Sealed);
        }

        await Assert.ThrowsAsync<VaultLockedException>(() => call.WaitAsync(ScriptedPeer.Deadline));
    }

    [Fact]
    public async Task With_one_address_the_connection_is_kept()
    {
        using var only = new ScriptedPeer();
        var (client, connection) = await only.ConnectAsync();
        await using var _ = client;
        foreach (var more in (string[])[Sealed, ""])
        {
            var call = client.SignAsync("k", "data");
            await connection.RefuseAsync(await connection.ReadAsync("use"), "VAULT_LOCKED", more);
            await Assert.ThrowsAsync<VaultLockedException>(() => call.WaitAsync(ScriptedPeer.Deadline));
        }
    }

    private static SanctumClientOptions Both(ScriptedPeer first, ScriptedPeer second)
    {
        var options = first.Options;
        options.Addresses = [first.SocketPath, second.SocketPath];
        options.TimeProvider = new FakeTimeProvider(); // Of several addresses, one that is slow is left. Here none is.
        return options;
    }
}
