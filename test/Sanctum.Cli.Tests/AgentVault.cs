using Sanctum.Upstream;

namespace Sanctum.Cli.Tests;

/// <summary>A running daemon with an agent that may use everything in <c>use/</c> and retrieve everything in <c>take/</c>. No command of its has the passphrase.</summary>
public sealed class AgentVault : IAsyncLifetime
{
    public const string Secret = "canary-7hq2mfx9-secret";

    private TestUpstream? _upstream;

    public CliFolder Folder { get; } = new();

    public TestUpstream Upstream => _upstream!;

    public string Home => Folder.Home;

    public async ValueTask InitializeAsync()
    {
        _upstream = await TestUpstream.StartAsync();
        await Folder.MakeVaultAsync();
        await Folder.DoAsync("agent register bot");
        await Folder.DoAsync($"store use/api --allow-origin {Upstream.Origin}", Secret);
        await Folder.DoAsync("store take/token", Secret);
        await Folder.DoAsync("store take/lines", "first\nsecond\n\n");
        await Folder.DoAsync("policy add use --principal agent:bot --resources use/* --actions use");
        await Folder.DoAsync("policy add take --principal agent:bot --resources take/* --actions use,retrieve");
        await Folder.DoAsync("daemon start");
    }

    /// <summary>Runs a command as the agent would: with its name, and without the passphrase.</summary>
    internal Task<CliResult> RunAsync(string command, string? input = null, params (string Name, string Value)[] more) =>
        CliProcess.RunAsync(command.Split(' '), Environment(more), input is null ? null : System.Text.Encoding.UTF8.GetBytes(input));

    /// <summary>The same, where it has to succeed.</summary>
    internal async Task<string> DoAsync(string command, string? input = null)
    {
        var result = await RunAsync(command, input);
        Assert.True(result.ExitCode == 0, $"sanctum {command}: {result.ExitCode} {result.Errors}");
        return result.Output;
    }

    /// <summary>The environment of an agent's commands.</summary>
    internal Dictionary<string, string> Environment(params (string Name, string Value)[] more)
    {
        var environment = new Dictionary<string, string>(Folder.Environment) { ["SANCTUM_AGENT"] = "bot" };
        environment.Remove("SANCTUM_PASSPHRASE");
        foreach (var (name, value) in more)
        {
            environment[name] = value;
        }

        return environment;
    }

    public async ValueTask DisposeAsync()
    {
        await Folder.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
