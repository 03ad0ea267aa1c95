using Sanctum.Agents;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Agents;

public sealed class AgentTests
{
    [Fact]
    public async Task Agents_are_listed_by_name_and_survive_reopening()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("b");
        await test.RegisterAsync("a");
        await test.RegisterAsync("B");
        await test.ReopenAsync();
        var agents = await test.Vault.Agents.ListAsync(test.Operator);
        Assert.Equal(["B", "a", "b"], agents.Select(agent => agent.Name.Value));
        Assert.All(agents, agent => Assert.Equal(test.KeyOf(agent.Name.Value).PublicKey, agent.PublicKey.ToArray()));
        await test.SignInAsync("a");
    }

    [Fact]
    public async Task A_name_is_taken_once()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        using var thief = new AgentKey();
        await Refused.WithAsync(
            VaultErrorCode.Conflict, () => test.Vault.Agents.RegisterAsync(test.Operator, AgentName.Parse("bot"), thief.PublicKey));
        await test.SignInAsync("bot");
    }

    [Fact]
    public async Task An_agent_that_is_not_there_cant_be_removed()
    {
        await using var test = await TestVault.CreateAsync();
        await Refused.WithAsync(VaultErrorCode.NotFound, () => test.Vault.Agents.RemoveAsync(test.Operator, AgentName.Parse("bot")));
    }

    [Fact]
    public async Task A_removed_agent_cant_sign_in_now_or_after_reopening()
    {
        await using var test = await TestVault.CreateAsync();
        await test.RegisterAsync("bot");
        await test.Vault.Agents.RemoveAsync(test.Operator, AgentName.Parse("bot"));
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.SignInAsync("bot"));
        await test.ReopenAsync();
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.SignInAsync("bot"));
    }

    // Not inline: an attribute keeps its text as UTF-8, where there are no halves.
    public static TheoryData<string> NoDescriptions => ["two\nlines", "half \ud83d", new string('x', 1025)];

    [Theory]
    [MemberData(nameof(NoDescriptions))]
    public async Task A_description_is_one_line_of_text(string description)
    {
        await using var test = await TestVault.CreateAsync();
        using var key = new AgentKey();
        await Refused.WithAsync(
            VaultErrorCode.InvalidParams,
            () => test.Vault.Agents.RegisterAsync(test.Operator, AgentName.Parse("bot"), key.PublicKey, description));
    }
}
