using Sanctum.Policies;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>Which tools of other servers an agent may call, and what the log has of it.</summary>
public sealed class ToolCallTests
{
    [Theory]
    [InlineData("github", "list_issues", true)]
    [InlineData("github", "list_", true)]
    [InlineData("github", "get/a/b", true)]
    [InlineData("github", "delete_repo", false)]
    [InlineData("github", "LIST_issues", false)]
    [InlineData("githubs", "list_issues", false)]
    [InlineData("git", "hub/list_issues", false)]
    [InlineData("any-1", "read", true)]
    [InlineData("any-1", "reads", false)]
    [InlineData("other", "list_issues", false)]
    public async Task A_policy_is_about_one_servers_tools(string server, string tool, bool isAllowed)
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();
        var wire = await vault.SignInAsync();
        var parameters = $$"""{"server":"{{server}}","tool":"{{tool}}"}""";
        var listed = await wire.CallAsync("tool_list", $$"""{"server":"{{server}}","tools":["{{tool}}"]}""");

        Assert.Equal(isAllowed ? 1 : 0, listed.GetProperty("tools").GetArrayLength());
        if (isAllowed)
        {
            await wire.CallAsync("tool_call", parameters);
        }
        else
        {
            Assert.Equal("ACCESS_DENIED", await wire.CodeAsync("tool_call", parameters));
            Assert.Equal("ACCESS_DENIED", await wire.CodeAsync("tool_call", $$"""{"server":"{{server}}","tool":"{{tool}}","result":"ok"}"""));
        }
    }

    // A grant of another action, or on everything there is, is none to call tools.
    [Fact]
    public async Task No_other_action_lets_a_tool_be_called()
    {
        await using var vault = await VaultFixture.CreateAsync((vault, by) => vault.Policies.AddAsync(
            by, new Policy { Name = "everything", Principal = "agent:*", Resources = ["*"], Actions = PolicyActions.Use | PolicyActions.Retrieve | PolicyActions.List }));
        await using var daemon = await vault.StartAsync();

        Assert.Equal("ACCESS_DENIED", await (await vault.SignInAsync()).CodeAsync("tool_call", """{"server":"github","tool":"list_issues"}"""));
    }

    [Theory]
    [InlineData("""{"server":"a/b","tool":"x"}""")]
    [InlineData("""{"server":"","tool":"x"}""")]
    [InlineData("""{"server":"github","tool":"list_*"}""")]
    [InlineData("""{"server":"github","tool":"a b"}""")]
    [InlineData("""{"server":"github","tool":"a\u202e"}""")]
    [InlineData("""{"server":"github","tool":"list_issues","result":"great"}""")]
    [InlineData("""{"server":"github","tool":"list_issues","result":"ok","duration_ms":-1}""")]
    [InlineData("""{"server":"github","tool":"list_issues","result":"ok","redacted":-1}""")]
    [InlineData("""{"server":"github","tool":"list_issues","arguments":{}}""")]
    public async Task What_no_policy_can_speak_of_is_refused(string parameters)
    {
        await using var vault = await CreateAsync();
        await using var daemon = await vault.StartAsync();

        Assert.Equal("INVALID_PARAMS", await (await vault.SignInAsync()).CodeAsync("tool_call", parameters));
    }

    [Theory]
    [InlineData("tool:github", PolicyActions.Call)]
    [InlineData("tool:/list", PolicyActions.Call)]
    [InlineData("tool:git hub/list", PolicyActions.Call)]
    [InlineData("tool:github/*", PolicyActions.Use)]
    [InlineData("github/*", PolicyActions.Call)]
    [InlineData("tool:github/*", PolicyActions.Call | PolicyActions.Use)]
    public async Task A_policy_that_says_something_else_than_it_seems_to_is_refused(string resource, PolicyActions actions)
    {
        var refused = await Assert.ThrowsAsync<VaultException>(() => VaultFixture.CreateAsync((vault, by) => vault.Policies.AddAsync(
            by, new Policy { Name = "tools", Principal = "agent:worker", Resources = [resource], Actions = actions })));

        Assert.Equal(VaultErrorCode.InvalidParams, refused.Code);
    }

    [Fact]
    public async Task An_approval_that_nobody_would_be_asked_for_is_refused_and_not_ignored()
    {
        var refused = await Assert.ThrowsAsync<VaultException>(() => VaultFixture.CreateAsync((vault, by) => vault.Policies.AddAsync(
            by, new Policy { Name = "tools", Principal = "agent:worker", Resources = ["tool:github/*"], Actions = PolicyActions.Call, Conditions = new PolicyConditions { RequireApproval = true } })));

        Assert.Contains("require_approval", refused.Message, StringComparison.Ordinal);
    }

    private static Task<VaultFixture> CreateAsync() => VaultFixture.CreateAsync(async (vault, by) =>
    {
        await vault.Policies.AddAsync(by, new Policy { Name = "tools", Principal = "agent:worker", Resources = ["tool:github/list_*", "tool:github/get/*"], Actions = PolicyActions.Call });
        await vault.Policies.AddAsync(by, new Policy { Name = "any", Principal = "agent:worker", Resources = ["tool:any*/read"], Actions = PolicyActions.Call });
    });
}
