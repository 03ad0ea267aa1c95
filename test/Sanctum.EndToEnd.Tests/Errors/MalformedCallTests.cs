using System.Text;
using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary>Calls that are not what they should be.</summary>
[Collection(nameof(ErrorVault))]
public sealed class MalformedCallTests(ErrorVault vault)
{
    [Theory]
    [InlineData("""{"id":"1","method":"list"}""", "id")]
    [InlineData("""{"method":"list"}""", "id")]
    [InlineData("""{"id":1,"id":1,"method":"list"}""", "id")]
    [InlineData("""{"id":1}""", "method")]
    [InlineData("""{"id":1,"method":7}""", "method")]
    [InlineData("""{"id":1,"method":"list","params":[]}""", "params")]
    [InlineData("""{"id":1,"method":"list","params":"x"}""", "params")]
    [InlineData("""{"jsonrpc":"1.0","id":1,"method":"list"}""", "jsonrpc")]
    public async Task An_envelope_that_is_wrong_is_an_invalid_request_that_names_the_member(string request, string member)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        await wire.SendAsync(request);
        ErrorObject.Names(member, "INVALID_REQUEST", WireClient.Error((await wire.ReceiveAsync())!));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"id":1,"method":"list"} {}""")]
    [InlineData("""{"id":1,"method":"list","extra":1}""")]
    [InlineData("""{"id":1,"Method":"list"}""")]
    public async Task A_frame_that_is_no_request_is_an_invalid_request(string frame)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        await wire.SendAsync(frame);
        ErrorObject.Is("INVALID_REQUEST", WireClient.Error((await wire.ReceiveAsync())!));
        await wire.DoAsync("list");
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_an_invalid_request()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var frame = Encoding.UTF8.GetBytes("""{"id":1,"method":"list","params":{"prefix":"?"}}""");
        frame[Array.IndexOf(frame, (byte)'?')] = 0xff;
        await wire.SendAsync(frame);
        ErrorObject.Is("INVALID_REQUEST", WireClient.Error((await wire.ReceiveAsync())!));
    }

    [Theory]
    [InlineData("authenticate", "{}", "agent_name")]
    [InlineData("retrieve", "{}", "path")]
    [InlineData("retrieve", """{"path":7}""", "path")]
    [InlineData("retrieve", """{"path":"a/key","Path":"a/key"}""", "Path")]
    [InlineData("retrieve", """{"path":"a/key","path":"a/key"}""", "path")]
    [InlineData("retrieve", """{"path":"a/../key"}""", "path")]
    [InlineData("retrieve", """{"path":"a//key"}""", "path")]
    [InlineData("retrieve", """{"path":"a/key","ttl":0}""", "ttl")]
    [InlineData("retrieve", """{"path":"a/key","ttl":1.5}""", "ttl")]
    [InlineData("retrieve", """{"path":"a/key","ttl":"60"}""", "ttl")]
    [InlineData("use", """{"path":"a/key"}""", "operation")]
    [InlineData("use", """{"path":"a/key","operation":"sign","params":[]}""", "params")]
    [InlineData("use", """{"path":"a/key","operation":"sign","params":{}}""", "data")]
    [InlineData("use", """{"path":"a/key","operation":"sign","params":{"data":"x","other":"y"}}""", "other")]
    [InlineData("use", """{"path":"a/key","operation":"sign","params":{"data":7}}""", "data")]
    [InlineData("release_lease", "{}", "lease_id")]
    [InlineData("auth.verify", """{"agent":"alice"}""", "signature")]
    [InlineData("credential.retrieve", """{"path":"a/key","ttl":60,"session_id":"x"}""", "session_id")]
    public async Task Parameters_that_are_wrong_are_invalid_and_the_member_is_named(string method, string parameters, string member)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);

        // As text: an object of ours could not have a member twice.
        await wire.SendAsync($$"""{"id":5,"params":{{parameters}},"method":"{{method}}"}""");
        ErrorObject.Names(member, "INVALID_PARAMS", WireClient.Error((await wire.ReceiveAsync())!));
    }

    [Theory]
    [InlineData("retrieve_all")]
    [InlineData("List")]
    [InlineData("")]
    [InlineData("credential_list")]
    public async Task A_method_of_no_such_name_is_not_found(string method)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        ErrorObject.Names("method", "METHOD_NOT_FOUND", WireClient.Error(await wire.CallAsync(method)));
    }

    [Theory]
    [InlineData("fly", "{}", "operation")]
    [InlineData("Sign", """{"data":"x"}""", "operation")]
    [InlineData("sign", """{"data":"x","algorithm":"rot13"}""", "algorithm")]
    public async Task What_the_vault_cannot_do_with_this_credential_is_unsupported(string operation, string parameters, string member)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var call = new JsonObject { ["path"] = ErrorVault.Key, ["operation"] = operation, ["params"] = JsonNode.Parse(parameters) };
        ErrorObject.Names(member, "UNSUPPORTED_OPERATION", await wire.RefusedAsync("use", call));
    }

    [Theory]
    [InlineData("use")]
    [InlineData("credential.use")]
    public async Task A_result_that_no_client_would_accept_is_too_large(string method)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var call = new JsonObject
        {
            ["path"] = ErrorVault.Key,
            ["operation"] = "encrypt",
            ["params"] = new JsonObject { ["data"] = new string('x', 3 * 1024 * 1024 + 200_000) },
        };
        ErrorObject.Is("RESPONSE_TOO_LARGE", WireClient.Error(await wire.CallAsync(method, call)), "limit:integer");
        await wire.DoAsync("list");
    }
}
