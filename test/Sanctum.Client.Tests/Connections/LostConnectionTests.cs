using Microsoft.Extensions.Time.Testing;

namespace Sanctum.Client.Tests.Connections;

public sealed class LostConnectionTests
{
    [Fact]
    public async Task A_call_whose_connection_broke_has_an_unknown_outcome_and_is_not_sent_again()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.ReadAsync("use");
        connection.Dispose();

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
        Assert.Equal("OUTCOME_UNKNOWN", unknown.Code);

        // The next thing that a new connection sees is the next call, and not the lost one.
        var next = client.VerifyAsync("k", "data", "sig");
        using var second = await peer.AcceptAsync();
        await second.SignInAsync("session-2");
        var request = await second.ReadAsync("use");
        Assert.Equal(("verify", "session-2"), (request["operation"], request["session_id"]));
        await second.ReplyAsync(request, """{"valid":true}""");
        Assert.True(await next);
    }

    [Fact]
    public async Task All_calls_that_wait_on_a_broken_connection_have_unknown_outcomes()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var calls = Enumerable.Range(0, 5).Select(i => client.SignAsync("k", "data")).ToArray();
        foreach (var call in calls)
        {
            await connection.ReadAsync("use");
        }

        connection.Dispose();
        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
        }
    }

    [Theory]
    [InlineData("00400001")] // 4 MiB and 1 byte
    [InlineData("ffffffff")]
    [InlineData("00000000")]
    [InlineData("000000027b5d")] // {]
    [InlineData("0000000f7b226964223a31322c226f6b223a7d")] // no reply
    public async Task What_is_no_reply_ends_the_connection_and_the_call_is_not_sent_again(string hex)
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        await connection.ReadAsync("use");
        await connection.SendRawAsync(Convert.FromHexString(hex));

        var unknown = await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
        Assert.IsType<Sanctum.Protocol.Framing.FrameException>(unknown.InnerException);
        Assert.True(await connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task A_reply_to_a_call_that_was_never_made_ends_the_connection()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        var request = await connection.ReadAsync("use");
        await connection.ReplyAsync(request with { Id = request.Id + 1 }, "{}");
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => call);
    }

    [Fact]
    public async Task An_error_without_an_id_ends_the_one_call_that_waits()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.SignAsync("k", "data");
        var request = await connection.ReadAsync("use");
        await connection.RefuseAsync(request with { Id = 0 }, "INVALID_REQUEST");
        Assert.Equal("INVALID_REQUEST", (await Assert.ThrowsAsync<VaultException>(() => call)).Code);
    }

    [Fact]
    public async Task A_result_of_another_form_fails_its_call_only()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await using var _ = client;
        var call = client.RetrieveAsync("k");
        await connection.ReplyAsync(await connection.ReadAsync("retrieve"), """{"value":"not hex","lease_id":"l"}""");
        var failed = await Assert.ThrowsAsync<VaultException>(() => call);
        Assert.Equal("PROTOCOL_ERROR", failed.Code);
        Assert.DoesNotContain("not hex", failed.ToString(), StringComparison.Ordinal);

        var next = client.SignAsync("k", "data");
        await connection.ReplyAsync(await connection.ReadAsync("use"), """{"signature":"c2ln","algorithm":"hmac-sha256"}""");
        Assert.Equal(new CredentialSignature("c2ln", "hmac-sha256"), await next);
    }

    [Fact]
    public async Task A_reply_that_takes_too_long_is_an_unknown_outcome_and_the_connection_stays_usable()
    {
        using var peer = new ScriptedPeer();
        var time = new FakeTimeProvider();
        var options = peer.Options;
        options.TimeProvider = time;
        options.RequestTimeout = TimeSpan.FromSeconds(30);
        var (client, connection) = await peer.ConnectAsync(options);
        await using var _ = client;
        var slow = client.SignAsync("k", "data");
        var first = await connection.ReadAsync("use");

        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => slow);

        var next = client.VerifyAsync("k", "data", "sig");
        var second = await connection.ReadAsync("use");
        await connection.ReplyAsync(first, """{"signature":"c2ln"}""");
        await connection.ReplyAsync(second, """{"valid":false}""");
        Assert.False(await next);
    }

    [Fact]
    public async Task A_daemon_that_does_not_sign_the_agent_in_is_given_up_in_time()
    {
        using var peer = new ScriptedPeer();
        var time = new FakeTimeProvider();
        var options = peer.Options;
        options.TimeProvider = time;
        var connecting = SanctumClient.ConnectAsync("research-agent", options);
        using var connection = await peer.AcceptAsync();
        await connection.ReadAsync("authenticate");

        time.Advance(options.ConnectTimeout);

        await Assert.ThrowsAsync<VaultConnectionException>(() => connecting);
        Assert.True(await connection.IsClosedByClientAsync());
    }

    [Fact]
    public async Task A_connection_that_breaks_while_signing_in_leaves_nothing_unknown()
    {
        using var peer = new ScriptedPeer();
        var connecting = SanctumClient.ConnectAsync("research-agent", peer.Options);
        using (var connection = await peer.AcceptAsync())
        {
            await connection.ReadAsync("authenticate");
        }

        await Assert.ThrowsAsync<VaultConnectionException>(() => connecting);
    }

    [Fact]
    public async Task A_daemon_that_is_not_there_is_named()
    {
        using var directory = new TemporaryDirectory();
        var path = directory["none.sock"];
        var unreachable = await Assert.ThrowsAsync<VaultConnectionException>(() =>
            SanctumClient.ConnectAsync("research-agent", new SanctumClientOptions { SocketPath = path }));
        Assert.Contains(path, unreachable.Message, StringComparison.Ordinal);
        Assert.NotNull(unreachable.Suggestion);
    }

    [Fact]
    public async Task A_disposed_client_makes_no_new_connection()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        using var _ = connection;
        var waiting = client.SignAsync("k", "data");
        await connection.ReadAsync("use");
        await client.DisposeAsync();
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.SignAsync("k", "data"));
        await client.DisposeAsync();
    }
}
