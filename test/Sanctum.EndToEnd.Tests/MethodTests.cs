using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests;

public sealed class MethodTests
{
    [Fact]
    public async Task An_agent_signs_in_lists_retrieves_and_releases()
    {
        await using var home = await SanctumHome.ServingAsync();
        await home.StoreAsync("openai/api_key", "sk-test-1234");
        await home.RegisterAsync("writer");
        await home.GrantAsync("writer", "writer", "openai/*", "retrieve,use");

        using var wire = await WireClient.ConnectAsync(home.Socket);
        var signedIn = await wire.SignInAsync("writer", home.KeyOf("writer"));
        Assert.True((bool)signedIn["authenticated"]!);

        var listed = await wire.DoAsync("list");
        Assert.Equal("openai/api_key", (string?)listed["credentials"]![0]!["path"]);

        var retrieved = await wire.DoAsync("retrieve", new JsonObject { ["path"] = "openai/api_key" });
        Assert.Equal(Convert.ToHexStringLower("sk-test-1234"u8), (string?)retrieved["value"]);

        var released = await wire.CallAsync("release_lease", new JsonObject { ["lease_id"] = (string)retrieved["lease_id"]! });
        Assert.Empty(WireClient.Result(released).AsObject());
    }
}
