using System.Text.Json.Nodes;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Methods;

/// <summary><c>list</c> in parts.</summary>
[Collection(nameof(MethodVault))]
public sealed class ListTests(MethodVault vault)
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Pages_follow_one_another_without_gap_or_overlap(int limit)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var found = new List<string?>();
        string? cursor = null;
        do
        {
            var page = await wire.DoAsync("list", new JsonObject { ["limit"] = limit, ["cursor"] = cursor });
            var more = page["next_cursor"] is not null;
            Shape.Of(page, more ? "credentials:array next_cursor:string" : "credentials:array");
            var paths = page["credentials"]!.AsArray().Select(it => (string?)it!["path"]).ToArray();
            Assert.InRange(paths.Length, more ? limit : 1, limit);
            found.AddRange(paths);
            Assert.True(found.Count <= MethodVault.Listed.Length, "the pages never end");
            cursor = (string?)page["next_cursor"];
        }
        while (cursor is not null);
        Assert.Equal(MethodVault.Listed, found);
    }

    [Theory]
    [InlineData("page/", 5)]
    [InlineData("page/c", 1)]
    [InlineData("", 7)]
    [InlineData("hidden/", 0)]
    [InlineData("PAGE/", 0)]
    public async Task A_prefix_leaves_only_the_paths_that_begin_so(string prefix, int count)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var listed = (await wire.DoAsync("list", new JsonObject { ["prefix"] = prefix }))["credentials"]!.AsArray();
        Assert.Equal(count, listed.Count);
        Assert.All(listed, it => Assert.StartsWith(prefix, (string?)it!["path"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_prefix_holds_on_every_page()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var first = await wire.DoAsync("list", new JsonObject { ["prefix"] = "page/", ["limit"] = 4 });
        var second = await wire.DoAsync(
            "list", new JsonObject { ["prefix"] = "page/", ["limit"] = 4, ["cursor"] = (string)first["next_cursor"]! });
        Assert.Equal(["page/e"], second["credentials"]!.AsArray().Select(it => (string?)it!["path"]));
    }

    [Fact]
    public async Task The_list_action_alone_shows_a_credential_and_lets_nobody_touch_it()
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var refused = await wire.RefusedAsync("retrieve", new JsonObject { ["path"] = "page/a" });
        Assert.Equal("ACCESS_DENIED", (string?)refused["code"]);
    }

    [Theory]
    [InlineData("limit", 0)]
    [InlineData("limit", -1)]
    [InlineData("cursor", "../")]
    public async Task What_is_no_page_is_refused(string member, object value)
    {
        using var wire = await vault.SignInAsync(MethodVault.Agent);
        var refused = await wire.RefusedAsync("list", new JsonObject { [member] = value is int number ? number : (string)value });
        Assert.Equal(("INVALID_PARAMS", member), ((string?)refused["code"], (string?)refused["context"]!["member"]));
    }
}
