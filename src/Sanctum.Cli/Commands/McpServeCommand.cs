using System.CommandLine;
using System.Net;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Daemons;
using Sanctum.Cli.Manual;
using Sanctum.Cli.Mcp;
using Sanctum.Cli.Terminals;
using Sanctum.Client;
using Sanctum.Mcp;
using Sanctum.Mcp.Http;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum mcp serve</c></summary>
internal static class McpServeCommand
{
    private static readonly string[] Sets = ["v1", "v2", "v3"];

    private const string Variable = "SANCTUM_ALLOW_RAW_RETRIEVAL";

    public static Command Create(Runner runner)
    {
        var retrieval = new Option<bool>("--allow-retrieve") { Description = $"Offer a tool that gives the model a secret, where a policy grants 'retrieve'. Default: {Variable}" };
        var wait = new Option<int>("--wait")
        {
            Description = "How long a call waits for an operator's approval, in seconds, before the host gets a handle to come back with", HelpName = "S", DefaultValueFactory = _ => 45,
        };
        var aliases = new Option<string?>("--tools") { Description = "Offer a published set of tools as well, under its names: v1, v2 or v3", HelpName = "SET" };
        var http = new Option<string?>("--http") { Description = "Serve over Streamable HTTP on this loopback address, and not on stdin and stdout; port 0 for any", HelpName = "HOST:PORT" };
        var tokens = new Option<string?>("--token-file")
        {
            Description = "With --http: the file of the tokens that hosts send; made if missing. Default: mcp-AGENT.token in the vault's folder", HelpName = "FILE",
        };
        var agent = new AgentOptions();
        var command = new Command("serve", "As an agent: serve hosts of the Model Context Protocol: one on stdin and stdout, until it hangs up, or several over HTTP") { retrieval, wait, aliases, http, tokens };
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            var waits = run.Get(wait) is >= 1 and <= 3600 and var seconds ? TimeSpan.FromSeconds(seconds) : throw CliErrors.InvalidValue("--wait", "1 to 3600 seconds");
            var set = run.Get(aliases) is { } named ? Array.Find(Sets, it => it == named) ?? throw CliErrors.InvalidValue("--tools", string.Join(", ", Sets)) : null;
            var options = new VaultServerOptions { Version = ManualPage.Version, AllowsRetrieval = run.Get(retrieval) || IsSet(), Wait = waits, Aliases = set };
            var endpoint = run.Get(http) is { } address ? EndpointOf(address) : run.Has(tokens) ? throw CliErrors.Usage("--token-file requires --http", "add --http 127.0.0.1:PORT") : null;
            await using var client = agent.Open(run);
            if (endpoint is not null)
            {
                await ServeHttpAsync(run, client, options, endpoint, run.Get(tokens) ?? Path.Join(run.Vault.Path, $"mcp-{client.AgentName}.token")).ConfigureAwait(false);
                return;
            }

            using var input = StandardStreams.OpenInput();
            using var output = StandardStreams.OpenOutput();
            await VaultServer.RunAsync(client, options, input, output, run.Cancelled).ConfigureAwait(false);
        });
    }

    private static async Task ServeHttpAsync(Run run, SanctumClient client, VaultServerOptions options, IPEndPoint endpoint, string tokenFile)
    {
        var tokens = TokenFile.Open(tokenFile);
        try
        {
            await using var server = await HttpVaultServer.StartAsync(client, options, endpoint, tokens, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Note($"serving at {server.Url}; hosts send 'Authorization: Bearer' and a token of {tokenFile}");
            await Task.Delay(Timeout.Infinite, run.Cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (IOException taken)
        {
            throw new CliException(ExitCode.Refused, "IO_FAILED", $"can't listen on {endpoint}: {Failure.LowerFirst(taken.Message)}", "name another port with --http", taken);
        }
    }

    private static IPEndPoint EndpointOf(string address)
    {
        var checkedText = ListenAddress.Check("--http", address)!;
        return IPEndPoint.Parse(checkedText.StartsWith("localhost:", StringComparison.Ordinal) ? $"127.0.0.1{checkedText["localhost".Length..]}" : checkedText);
    }

    private static bool IsSet() => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "0" or "false" => false,
        "1" or "true" => true,
        _ => throw CliErrors.Usage($"{Variable} has an invalid value", "set it to 1, or leave it out"),
    };
}
