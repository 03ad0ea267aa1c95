using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>What is around every call and reply.</summary>
[Collection(nameof(MethodVault))]
public sealed class EnvelopeTests(MethodVault vault)
{
    [Theory]
    [InlineData("lease_status", "result")]
    [InlineData("no_such_method", "error")]
    public async Task Jsonrpc_is_mirrored_where_it_is_sent(string method, string member)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        await wire.SendAsync($$"""{"jsonrpc":"2.0","id":7,"method":"{{method}}"}""");
        var mirrored = Shape.Of(await wire.ReceiveAsync(), $"jsonrpc:string id:integer {member}:object");
        Assert.Equal(("2.0", 7), ((string?)mirrored["jsonrpc"], (int)mirrored["id"]!));

        await wire.SendAsync($$"""{"id":8,"method":"{{method}}"}""");
        Shape.Of(await wire.ReceiveAsync(), $"id:integer {member}:object");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Any_integer_is_an_id_and_comes_back(long id)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        await wire.SendAsync($$"""{"id":{{id}},"method":"lease_status"}""");
        Assert.Equal(id, (long)(await wire.ReceiveAsync())!["id"]!);
    }

    [Theory]
    [InlineData("""{"id":"7","method":"lease_status"}""")]
    [InlineData("""{"id":null,"method":"lease_status"}""")]
    [InlineData("""{"id":1.5,"method":"lease_status"}""")]
    [InlineData("""{"method":"lease_status"}""")]
    [InlineData("not JSON")]
    public async Task A_request_whose_id_cannot_be_read_gets_a_reply_with_id_0_and_the_connection_goes_on(string request)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        await wire.SendAsync(request);
        var reply = Shape.Of(await wire.ReceiveAsync(), "id:integer error:object");
        Assert.Equal((0, "INVALID_REQUEST"), ((int)reply["id"]!, (string?)reply["error"]!["code"]));
        await wire.DoAsync("list");
    }

    [Theory]
    [InlineData("""{"id":7,"method":"lease_status"}""")]
    [InlineData("""{"id":7,"method":"lease_status","params":{}}""")]
    [InlineData("""{"id":7,"method":"lease_status","params":null}""")]
    public async Task Params_may_be_absent_where_none_are_needed(string request)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        await wire.SendAsync(request);
        Shape.Of((await wire.ReceiveAsync())!["result"], "leases:array");
    }

    [Fact]
    public async Task A_frame_of_no_bytes_closes_the_connection()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        await wire.SendAsync("");
        Assert.Null(await wire.ReceiveAsync());
    }

    [Fact]
    public async Task A_length_above_the_limit_closes_the_connection_and_no_other()
    {
        using var signedIn = await vault.SignInAsync(MethodVault.Agent);
        using var stranger = await vault.ConnectAsync();
        await stranger.SendRawAsync(new byte[] { 0, 0, 0x10, 1 });
        Assert.Null(await stranger.ReceiveAsync());

        using var greedy = await vault.SignInAsync(MethodVault.Agent);
        await greedy.SendRawAsync(new byte[] { 1, 0, 0, 1 });
        Assert.Null(await greedy.ReceiveAsync());
        await signedIn.DoAsync("list");
    }
}
