using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>RATE_LIMITED</c> and <c>APPROVAL_REQUIRED</c>: what time or a human opens.</summary>
[Collection(nameof(ErrorVault))]
public sealed class LimitTests(ErrorVault vault)
{
    [Fact]
    public async Task The_use_after_the_hours_last_one_is_rate_limited()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        await wire.DoAsync("use", Sign(ErrorVault.Limited, "1"));
        await wire.DoAsync("use", Sign(ErrorVault.Limited, "2"));
        var error = ErrorObject.Is("RATE_LIMITED", await wire.RefusedAsync("use", Sign(ErrorVault.Limited, "3")), "retry_after:integer");
        Assert.InRange((int)error["context"]!["retry_after"]!, 3000, 3600);
    }

    [Fact]
    public async Task What_needs_approval_goes_through_once_it_is_approved_and_nothing_else_does()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var asked = await AskAsync(wire, "this");
        var other = await AskAsync(wire, "that");
        Assert.NotEqual(asked, other);
        (await vault.Home.RunAsync("approval", "approve", asked)).Done();

        Assert.Equal(other, await AskAsync(wire, "that"));
        await wire.DoAsync("use", Sign(ErrorVault.Asked, "this"));
        Assert.NotEqual(asked, await AskAsync(wire, "this"));
    }

    [Fact]
    public async Task What_was_denied_is_denied()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var asked = await AskAsync(wire, "something bad");
        (await vault.Home.RunAsync("approval", "deny", asked)).Done();
        ErrorObject.Is("ACCESS_DENIED", await wire.RefusedAsync("use", Sign(ErrorVault.Asked, "something bad")));
    }

    [Fact]
    public async Task An_approval_is_seen_by_the_operator_with_the_id_that_the_agent_got()
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var error = ErrorObject.Is(
            "APPROVAL_REQUIRED", await wire.RefusedAsync("retrieve", new JsonObject { ["path"] = ErrorVault.Asked }), "approval_id:string");
        var waiting = (await vault.Home.RunAsync("approval", "list", "--json")).Done().Json["approvals"]!.AsArray();
        var seen = waiting.Single(it => (string?)it!["approval_id"] == (string?)error["context"]!["approval_id"])!;
        Assert.Equal((ErrorVault.Agent, ErrorVault.Asked), ((string?)seen["agent"], (string?)seen["path"]));
    }

    private static JsonObject Sign(string path, string data) =>
        new() { ["path"] = path, ["operation"] = "sign", ["params"] = new JsonObject { ["data"] = data } };

    private static async Task<string> AskAsync(WireClient wire, string data)
    {
        var error = ErrorObject.Is("APPROVAL_REQUIRED", await wire.RefusedAsync("use", Sign(ErrorVault.Asked, data)), "approval_id:string");
        return (string)error["context"]!["approval_id"]!;
    }
}
