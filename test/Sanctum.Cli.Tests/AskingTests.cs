using System.Text.Json;
using Sanctum.Client;

namespace Sanctum.Cli.Tests;

/// <summary>What an operator sees of what an agent asks for, and does about it.</summary>
public sealed class AskingTests(AgentVault vault) : IClassFixture<AgentVault>
{
    // Clears the screen, turns the text around, hides a joiner, and begins a line of its own.
    private const string Reason = "deploy\u001b[2J \u202eton si\u2066 a\u200bb\nstatus      granted \\u{41}";

    [Fact]
    public async Task An_operator_sees_every_character_and_grants_less()
    {
        await using var agent = Agent();
        var asked = await agent.RequestAccessAsync(new() { Path = "asked/key", Operation = "http_request", Hosts = ["127.0.0.1", "b.example"], Reason = Reason, Duration = TimeSpan.FromHours(2) });

        var list = await vault.Folder.DoAsync("approval list");
        var show = await vault.Folder.DoAsync($"approval show {asked.Handle}");
        foreach (var seen in new[] { list, show })
        {
            Assert.Contains(@"deploy\u{001B}[2J \u{202E}ton si\u{2066} a\u{200B}b\u{000A}status      granted \\u{41}", seen, StringComparison.Ordinal);
            Assert.Contains(asked.Handle, seen, StringComparison.Ordinal);
            Assert.DoesNotContain(seen, letter => letter is '\u001b' or '\u202e' or '\u2066' or '\u200b');
        }

        var json = await vault.Folder.DoAsync($"approval show {asked.Handle} --json");
        Assert.DoesNotContain(json, letter => letter is '\u202e' or '\u200b');
        Assert.Contains("sanctum store asked/key --host 127.0.0.1 --host b.example", show, StringComparison.Ordinal);
        Assert.Contains("sanctum store asked/key", (await vault.Folder.RunAsync($"approval grant {asked.Handle}")).Errors, StringComparison.Ordinal);

        await vault.Folder.DoAsync($"store asked/key --allow-origin {vault.Upstream.Origin}", AgentVault.Secret);
        Assert.NotEqual(0, (await vault.Folder.RunAsync($"approval grant {asked.Handle} --for 3h")).ExitCode);
        Assert.NotEqual(0, (await vault.Folder.RunAsync($"approval grant {asked.Handle} --host evil.example")).ExitCode);
        Assert.StartsWith("granted http_request asked/key to bot until ", await vault.Folder.DoAsync($"approval grant {asked.Handle} --host 127.0.0.1 --method GET --for 1h --max 2"), StringComparison.Ordinal);

        var told = await agent.AccessStatusAsync(asked.Handle);
        Assert.Equal((AccessProposalState.Granted, "127.0.0.1", "GET", 2), (told.State, told.Granted!.Hosts.Single(), told.Granted.Methods.Single(), told.Granted.MaxPerHour));
        Assert.Contains("max_uses_per_hour=2", await vault.Folder.DoAsync($"policy show access-{asked.Handle}"), StringComparison.Ordinal);
        await vault.DoAsync($"request asked/key GET {vault.Upstream.Origin}/status/200");
        Assert.NotEqual(0, (await vault.RunAsync($"request asked/key POST {vault.Upstream.Origin}/status/200 -d x")).ExitCode);
    }

    [Fact]
    public async Task A_denial_has_a_reason_and_no_waiting_call_is_meant()
    {
        await using var agent = Agent();
        var asked = await agent.RequestAccessAsync(new() { Service = "github", Operation = "http_request", Reason = "why" });

        Assert.Contains("--path PATH", await vault.Folder.DoAsync($"approval show {asked.Handle}"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await vault.Folder.RunAsync($"approval approve {asked.Handle}")).ExitCode);
        await vault.Folder.DoAsync($"approval deny {asked.Handle} --reason too-broad");

        var told = await agent.AccessStatusAsync(asked.Handle);
        Assert.Equal((AccessProposalState.Denied, "too-broad"), (told.State, told.Reason));
        Assert.DoesNotContain(asked.Handle, await vault.Folder.DoAsync("approval list"), StringComparison.Ordinal);
        Assert.Equal("denied", JsonElement.Parse(await vault.Folder.DoAsync($"approval show {asked.Handle} --json")).GetProperty("status").GetString());
    }

    private SanctumClient Agent() => new("bot", new SanctumClientOptions { SocketPath = Path.Join(vault.Folder.Vault, "vault.sock"), KeyPath = Path.Join(vault.Folder.Vault, "keys", "bot.key") });
}
