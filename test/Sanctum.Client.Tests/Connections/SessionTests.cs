namespace Sanctum.Client.Tests.Connections;

public sealed class SessionTests
{
    [Fact]
    public async Task An_expired_session_is_renewed_once_and_the_refused_call_repeated()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "SESSION_EXPIRED");
        await connection.SignInAsync("session-2");
        var again = await connection.ReadAsync("use");
        Assert.Equal("session-2", again["session_id"]);
        await connection.ReplyAsync(again, """{"signature":"c2ln"}""");
        Assert.Equal("c2ln", (await call).Value);
    }

    [Fact]
    public async Task A_session_that_expires_again_at_once_is_the_callers_to_know()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "SESSION_EXPIRED");
        await connection.SignInAsync("session-2");
        await connection.RefuseAsync(await connection.ReadAsync("use"), "SESSION_EXPIRED");
        await Assert.ThrowsAsync<SessionExpiredException>(() => call);
    }

    [Fact]
    public async Task Many_calls_that_meet_the_same_expired_session_sign_in_once()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var calls = Enumerable.Range(0, 5).Select(i => client.SignAsync("k", $"{i}")).ToArray();
        var refused = new List<PeerRequest>();
        foreach (var call in calls)
        {
            refused.Add(await connection.ReadAsync("use"));
        }

        foreach (var request in refused)
        {
            await connection.RefuseAsync(request, "SESSION_EXPIRED");
        }

        await connection.SignInAsync("session-2");
        foreach (var call in calls)
        {
            var again = await connection.ReadAsync("use");
            Assert.Equal("session-2", again["session_id"]);
            await connection.ReplyAsync(again, """{"signature":"c2ln"}""");
        }

        Assert.All(await Task.WhenAll(calls), signature => Assert.Equal("c2ln", signature.Value));
    }

    [Fact]
    public async Task A_connection_that_was_closed_while_idle_is_made_anew_for_the_next_call()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;

        // Garbage makes the client close: when its end is gone, it knows.
        await connection.SendRawAsync([0, 0, 0, 0]);
        Assert.True(await connection.IsClosedByClientAsync());

        var call = client.SignAsync("k", "data");
        using var second = await peer.AcceptAsync();
        await second.SignInAsync("session-2");
        await second.ReplyAsync(await second.ReadAsync("use"), """{"signature":"c2ln"}""");
        Assert.Equal("c2ln", (await call).Value);
    }

    [Fact]
    public async Task A_client_that_was_never_connected_connects_for_its_first_call()
    {
        using var peer = new ScriptedPeer();
        await using var client = new SanctumClient("research-agent", peer.Options);
        var call = client.ListAsync();
        using var connection = await peer.AcceptAsync();
        await connection.SignInAsync("session-1");
        await connection.ReplyAsync(await connection.ReadAsync("list"), """{"credentials":[]}""");
        Assert.Empty(await call);
    }

    [Fact]
    public async Task A_target_takes_the_place_of_the_options()
    {
        using var peer = new ScriptedPeer();
        var options = peer.Options;
        options.SocketPath = "/nowhere/vault.sock";
        await using var client = new SanctumClient("research-agent", options);
        var connecting = client.ConnectAsync(peer.SocketPath);
        using var connection = await peer.AcceptAsync();
        await connection.SignInAsync("session-1");
        await connecting;
    }

    [Fact]
    public async Task Logging_out_releases_leases_and_closes_and_a_later_call_signs_in_again()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var retrieving = client.RetrieveAsync("k");
        await connection.ReplyAsync(await connection.ReadAsync("retrieve"), """{"value":"6162","lease_id":"l-1"}""");
        Assert.Equal("ab", await retrieving);

        var leaving = client.LogoutAsync();
        await connection.ReplyAsync(await connection.ReadAsync("release_lease"), "{}");
        await connection.ReplyAsync(await connection.ReadAsync("logout"), "{}");
        await leaving;
        Assert.True(await connection.IsClosedByClientAsync());

        var call = client.SignAsync("k", "data");
        using var second = await peer.AcceptAsync();
        await second.SignInAsync("session-2");
        await second.ReplyAsync(await second.ReadAsync("use"), """{"signature":"c2ln"}""");
        await call;
    }

    [Fact]
    public async Task An_unconfirmed_sign_in_is_none()
    {
        using var peer = new ScriptedPeer();
        var connecting = SanctumClient.ConnectAsync("research-agent", peer.Options);
        using var connection = await peer.AcceptAsync();
        await connection.ReplyAsync(await connection.ReadAsync("authenticate"), $$"""{"session_id":"s","challenge":"{{new string('a', 64)}}"}""");
        await connection.ReplyAsync(await connection.ReadAsync("challenge_response"), """{"authenticated":false}""");
        await Assert.ThrowsAsync<AuthException>(() => connecting);
    }
}
