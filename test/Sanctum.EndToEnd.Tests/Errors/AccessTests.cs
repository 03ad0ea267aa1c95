using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Errors;

/// <summary><c>ACCESS_DENIED</c> and <c>CREDENTIAL_NOT_FOUND</c>.</summary>
[Collection(nameof(ErrorVault))]
public sealed class AccessTests(ErrorVault vault)
{
    [Theory]
    [InlineData("retrieve", null)]
    [InlineData("use", "sign")]
    [InlineData("use", "http_header")]
    [InlineData("use", "no_such_operation")]
    public async Task What_is_not_granted_is_denied_and_whether_it_exists_does_not_show(string method, string? operation)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var exists = ErrorObject.Is("ACCESS_DENIED", await wire.RefusedAsync(method, Call(ErrorVault.Denied, operation)));
        var missing = ErrorObject.Is("ACCESS_DENIED", await wire.RefusedAsync(method, Call("denied/nil", operation)));
        Assert.Equal(
            exists.ToJsonString().Replace(ErrorVault.Denied, "PATH", StringComparison.Ordinal),
            missing.ToJsonString().Replace("denied/nil", "PATH", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("retrieve", null)]
    [InlineData("use", "sign")]
    public async Task What_is_granted_and_missing_is_not_found(string method, string? operation)
    {
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        var error = ErrorObject.Is("CREDENTIAL_NOT_FOUND", await wire.RefusedAsync(method, Call(ErrorVault.Missing, operation)), "path:string");
        Assert.Equal(ErrorVault.Missing, (string?)error["context"]!["path"]);
    }

    [Fact]
    public async Task A_policy_that_is_removed_grants_nothing_to_an_open_session()
    {
        await vault.Home.StoreAsync("brief/key", "for a while");
        await vault.Home.GrantAsync("brief", ErrorVault.Agent, "brief/*", "retrieve");
        using var wire = await vault.SignInAsync(ErrorVault.Agent);
        await wire.DoAsync("retrieve", Call("brief/key", null));
        (await vault.Home.RunAsync("policy", "remove", "brief")).Done();
        ErrorObject.Is("ACCESS_DENIED", await wire.RefusedAsync("retrieve", Call("brief/key", null)));
    }

    private static JsonObject Call(string path, string? operation)
    {
        var call = new JsonObject { ["path"] = path };
        if (operation is not null)
        {
            call["operation"] = operation;
            call["params"] = operation == "sign" ? new JsonObject { ["data"] = "x" } : [];
        }

        return call;
    }
}
