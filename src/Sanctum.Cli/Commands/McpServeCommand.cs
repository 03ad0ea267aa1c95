using System.CommandLine;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Manual;
using Sanctum.Cli.Terminals;
using Sanctum.Mcp;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum mcp serve</c></summary>
internal static class McpServeCommand
{
    private const string Variable = "SANCTUM_ALLOW_RAW_RETRIEVAL";

    public static Command Create(Runner runner)
    {
        var retrieval = new Option<bool>("--allow-retrieve") { Description = $"Offer a tool that gives the model a secret, where a policy grants 'retrieve'. Default: {Variable}" };
        var wait = new Option<int>("--wait")
        {
            Description = "How long a call waits for an operator's approval, in seconds, before the host gets a handle to come back with", HelpName = "S", DefaultValueFactory = _ => 45,
        };
        var agent = new AgentOptions();
        var command = new Command("serve", "As an agent: serve a host of the Model Context Protocol on stdin and stdout, until it hangs up") { retrieval, wait };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var waits = run.Get(wait) is >= 1 and <= 3600 and var seconds ? TimeSpan.FromSeconds(seconds) : throw CliErrors.InvalidValue("--wait", "1 to 3600 seconds");
            await using var client = agent.Open(run);
            using var input = StandardStreams.OpenInput();
            using var output = StandardStreams.OpenOutput();
            await VaultServer.RunAsync(
                client, new VaultServerOptions { Version = ManualPage.Version, AllowsRetrieval = run.Get(retrieval) || IsSet(), Wait = waits }, input, output, run.Cancelled).ConfigureAwait(false);
        });
    }

    private static bool IsSet() => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "0" or "false" => false,
        "1" or "true" => true,
        _ => throw CliErrors.Usage($"{Variable} has an invalid value", "set it to 1, or leave it out"),
    };
}
