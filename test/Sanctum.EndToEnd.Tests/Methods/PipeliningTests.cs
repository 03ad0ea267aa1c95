using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>Calls that are sent before the replies to the ones before have come.</summary>
[Collection(nameof(MethodVault))]
public sealed class PipeliningTests(MethodVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task A_sign_in_and_the_calls_that_need_it_take_effect_in_order(Transport transport)
    {
        using var wire = await vault.ConnectAsync(transport);
        var asked = WireClient.Result(await wire.CallAsync("authenticate", new JsonObject { ["agent_name"] = MethodVault.Agent }));
        var replies = await PipelineAsync(
            wire,
            ("list", null),
            ("challenge_response", new JsonObject { ["signature"] = WireClient.Sign(vault.Home.KeyOf(MethodVault.Agent), (string)asked["challenge"]!) }),
            ("list", null),
            ("retrieve", new JsonObject { ["path"] = MethodVault.Key }),
            ("logout", null),
            ("list", null));
        Assert.Equal("AUTH_FAILED", (string?)WireClient.Error(replies[0])["code"]);
        Assert.All(replies[1..5], it => WireClient.Result(it));
        Assert.Equal("AUTH_FAILED", (string?)WireClient.Error(replies[5])["code"]);
    }

    [Fact]
    public async Task Two_challenges_in_a_row_leave_only_the_second_one()
    {
        using var wire = await vault.ConnectAsync();
        var begun = await PipelineAsync(
            wire,
            ("auth.challenge", new JsonObject { ["agent"] = MethodVault.Agent }),
            ("auth.challenge", new JsonObject { ["agent"] = MethodVault.Agent }));
        var verify = new JsonObject
        {
            ["agent"] = MethodVault.Agent,
            ["signature"] = WireClient.Sign(vault.Home.KeyOf(MethodVault.Agent), (string)WireClient.Result(begun[1])["challenge"]!),
        };
        WireClient.Result(await wire.CallAsync("auth.verify", verify));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Each_of_many_calls_at_once_gets_its_own_reply(Transport transport)
    {
        const int calls = 300;
        using var wire = await vault.SignInAsync(MethodVault.Agent, transport);
        var replies = await PipelineAsync(wire, [.. Enumerable.Range(0, calls).Select(it => ("use", (JsonObject?)new JsonObject
        {
            ["path"] = MethodVault.Key,
            ["operation"] = "sign",
            ["params"] = new JsonObject { ["data"] = $"call {it}" },
        }))]);
        Assert.All(replies.Index(), it => Assert.Equal(
            Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(MethodVault.Secret), Encoding.UTF8.GetBytes($"call {it.Index}"))),
            (string?)WireClient.Result(it.Item)["signature"]));
    }

    /// <summary>Sends all in one write, and gives the replies in the order of the requests, whatever order they came in.</summary>
    private static async Task<JsonObject[]> PipelineAsync(WireClient wire, params (string Method, JsonObject? Parameters)[] calls)
    {
        const int firstId = 1000;
        var frames = new MemoryStream();
        foreach (var (index, (method, parameters)) in calls.Index())
        {
            var request = new JsonObject { ["id"] = firstId + index, ["method"] = method, ["params"] = parameters ?? [] };
            var payload = Encoding.UTF8.GetBytes(request.ToJsonString());
            var prefix = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(prefix, payload.Length);
            frames.Write(prefix);
            frames.Write(payload);
        }

        // Read while it is being written: with enough calls either side's buffers are full otherwise.
        var sending = wire.SendRawAsync(frames.ToArray());
        var replies = new JsonObject[calls.Length];
        for (var count = 0; count < calls.Length; count++)
        {
            var reply = await wire.ReceiveAsync() ?? throw new IOException("the daemon closed the connection");
            var index = (int)reply["id"]! - firstId;
            Assert.Null(replies[index]);
            replies[index] = reply;
        }

        await sending;
        return replies;
    }
}
