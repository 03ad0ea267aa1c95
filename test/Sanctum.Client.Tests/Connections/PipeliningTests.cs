namespace Sanctum.Client.Tests.Connections;

public sealed class PipeliningTests
{
    [Fact]
    public async Task Replies_in_any_order_reach_their_calls()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        var calls = Enumerable.Range(0, 20).Select(i => client.EncryptAsync("k", $"text {i}")).ToArray();
        var requests = new List<PeerRequest>();
        foreach (var _ in calls)
        {
            requests.Add(await connection.ReadAsync("use"));
        }

        Assert.Equal(20, requests.Select(request => request.Id).Distinct().Count());
        foreach (var request in Enumerable.Reverse(requests))
        {
            await connection.ReplyAsync(request, $$"""{"ciphertext":"sealed {{request.Params.GetProperty("params").GetProperty("data").GetString()}}"}""");
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"sealed text {i}"), await Task.WhenAll(calls));
        await CloseAsync(client, connection);
    }

    [Fact]
    public async Task A_cancelled_call_stops_waiting_and_the_connection_stays_usable()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var abandoned = client.UseAsync("k", "sign", cancellationToken: cancel.Token);
        var first = await connection.ReadAsync("use");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);

        var next = client.UseAsync("k", "verify");
        var second = await connection.ReadAsync("use");
        await connection.ReplyAsync(first, """{"late":true}""");
        await connection.ReplyAsync(second, """{"valid":true}""");
        Assert.True((await next).GetProperty("valid").GetBoolean());
        await CloseAsync(client, connection);
    }

    [Fact]
    public async Task A_call_cancelled_beforehand_is_not_sent()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.UseAsync("k", "sign", cancellationToken: new CancellationToken(true)));
        await CloseAsync(client, connection);
    }

    [Fact]
    public async Task A_lease_that_comes_after_its_call_was_cancelled_is_released_at_the_end()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var abandoned = client.RetrieveAsync("k", cancellationToken: cancel.Token);
        var retrieve = await connection.ReadAsync("retrieve");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => abandoned);
        await connection.ReplyAsync(retrieve, """{"value":"6162","lease_id":"late-lease"}""");

        // A call after it makes sure that the late reply was taken.
        var next = client.UseAsync("k", "verify");
        await connection.ReplyAsync(await connection.ReadAsync("use"), "{}");
        await next;

        var closing = client.DisposeAsync();
        var release = await connection.ReadAsync("release_lease");
        Assert.Equal("late-lease", release["lease_id"]);
        await connection.ReplyAsync(release, "{}");
        await closing;
    }

    [Fact]
    public async Task Each_reply_is_taken_however_its_bytes_arrive()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        var call = client.UseAsync("k", "sign");
        var request = await connection.ReadAsync("use");
        byte[] frame = [0, 0, 0, 0, .. System.Text.Encoding.UTF8.GetBytes($$$"""{"id":{{{request.Id}}},"result":{"a":1}}""")];
        frame[3] = (byte)(frame.Length - 4);
        foreach (var part in frame)
        {
            await connection.SendRawAsync([part]);
        }

        Assert.Equal(1, (await call).GetProperty("a").GetInt32());
        await CloseAsync(client, connection);
    }

    [Fact]
    public async Task A_reply_of_four_mebibytes_is_taken()
    {
        using var peer = new ScriptedPeer();
        var (client, connection) = await peer.ConnectAsync();
        var call = client.DecryptAsync("k", "c");
        var request = await connection.ReadAsync("use");
        var envelope = $$$"""{"id":{{{request.Id}}},"result":{"plaintext":""}}""";
        var text = new string('x', 4 * 1024 * 1024 - envelope.Length);
        await connection.ReplyAsync(request, $$"""{"plaintext":"{{text}}"}""");
        Assert.Equal(text.Length, (await call).Length);
        await CloseAsync(client, connection);
    }

    private static async Task CloseAsync(SanctumClient client, PeerConnection connection)
    {
        await client.DisposeAsync();
        Assert.True(await connection.IsClosedByClientAsync());
    }
}
