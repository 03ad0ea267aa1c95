using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary>Each method of the Rust dialect: no session id is ever sent in it.</summary>
[Collection(nameof(MethodVault))]
public sealed class DialectBTests(MethodVault vault)
{
    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Auth_challenge_and_auth_verify_sign_in(Transport transport)
    {
        using var wire = await vault.ConnectAsync(transport);
        var asked = Shape.Of(
            WireClient.Result(await wire.CallAsync("auth.challenge", new JsonObject { ["agent"] = MethodVault.Agent })), "challenge:hex");
        Shape.Of(
            WireClient.Result(await wire.CallAsync("auth.verify", new JsonObject
            {
                ["agent"] = MethodVault.Agent,
                ["signature"] = WireClient.Sign(vault.Home.KeyOf(MethodVault.Agent), (string)asked["challenge"]!),
            })),
            "authenticated:true session_id:string");
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Credential_list_returns_a_bare_array(Transport transport)
    {
        using var wire = await vault.SignInRustAsync(MethodVault.Agent, transport);
        var all = Assert.IsType<JsonArray>(WireClient.Result(await wire.CallAsync("credential.list", [])));
        Assert.Equal(MethodVault.Listed, all.Select(it => (string?)it!["path"]));
        Assert.All(all, it => Shape.Of(it, "path:string type:string description:string"));
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Credential_retrieve_gives_a_plain_string(Transport transport)
    {
        using var wire = await vault.SignInRustAsync(MethodVault.Agent, transport);
        var retrieved = Shape.Of(
            WireClient.Result(await wire.CallAsync("credential.retrieve", new JsonObject { ["path"] = MethodVault.Key, ["ttl"] = 60 })),
            "path:string value:string lease_id:string ttl:integer");
        Assert.Equal(
            (MethodVault.Key, MethodVault.Secret, 60), ((string?)retrieved["path"], (string?)retrieved["value"], (int)retrieved["ttl"]!));
    }

    [Fact]
    public async Task Credential_retrieve_refuses_bytes_that_no_string_can_carry_and_leaves_no_lease()
    {
        using var wire = await vault.SignInRustAsync(MethodVault.OtherAgent);
        var before = (await wire.DoAsync("lease_status"))["leases"]!.AsArray().Count;
        var refused = await wire.CallAsync("credential.retrieve", new JsonObject { ["path"] = MethodVault.Bytes, ["ttl"] = 60 });
        Assert.Equal("UNSUPPORTED_OPERATION", (string?)WireClient.Error(refused)["code"]);
        Assert.Equal(before, (await wire.DoAsync("lease_status"))["leases"]!.AsArray().Count);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Credential_use_returns_success_and_the_result_under_output(Transport transport)
    {
        using var wire = await vault.SignInRustAsync(MethodVault.Agent, transport);
        var used = Shape.Of(
            WireClient.Result(await wire.CallAsync("credential.use", new JsonObject
            {
                ["path"] = MethodVault.Key,
                ["operation"] = "sign",
                ["params"] = new JsonObject { ["data"] = "x" },
            })),
            "success:true output:object");
        Shape.Of(used["output"], "signature:string algorithm:string");
    }

    [Fact]
    public async Task Credential_use_takes_null_for_no_parameters()
    {
        using var wire = await vault.SignInRustAsync(MethodVault.Agent);
        var used = WireClient.Result(await wire.CallAsync(
            "credential.use", new JsonObject { ["path"] = MethodVault.Key, ["operation"] = "http_header", ["params"] = null }));
        Assert.Equal("Bearer " + MethodVault.Secret, (string?)used["output"]!["header_value"]);
    }

    [Theory]
    [InlineData(Transport.Unix)]
    [InlineData(Transport.Tcp)]
    public async Task Lease_release_returns_an_empty_object(Transport transport)
    {
        using var wire = await vault.SignInRustAsync(MethodVault.Agent, transport);
        var lease = (string)WireClient.Result(await wire.CallAsync("credential.retrieve", new JsonObject { ["path"] = MethodVault.Key }))["lease_id"]!;
        Shape.Of(WireClient.Result(await wire.CallAsync("lease.release", new JsonObject { ["lease_id"] = lease })), "");
        var again = await wire.CallAsync("lease.release", new JsonObject { ["lease_id"] = lease });
        Assert.Equal("LEASE_EXPIRED", (string?)WireClient.Error(again)["code"]);
    }
}
