using System.CommandLine;
using System.Text;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Mcp.Wrapping;
using Sanctum.Cli.Runs;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Terminals;
using Sanctum.Client;
using Sanctum.Credentials;
using Sanctum.Mcp.Wrapping;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum mcp wrap -- COMMAND</c></summary>
internal static class McpWrapCommand
{
    public static Command Create(Runner runner)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "The server and its arguments, after '--'; or the URL of one elsewhere", Arity = ArgumentArity.OneOrMore };
        var name = new Option<string?>("--name") { Description = "What policies and the log call the server. Default: from the command", HelpName = "NAME" };
        var expose = new Option<string[]?>("--expose")
        {
            Description = "A variable in which the server finds a secret itself, and the credential; requires 'retrieve'; can be repeated", HelpName = "NAME=PATH",
        };
        var credential = new Option<string?>("--credential") { Description = "With a URL: the credential that requests to it go out with", HelpName = "PATH" };
        var headers = new Option<string[]?>("--header", "-H") { Description = "With a URL: a header without a secret that goes with each request, 'Name: value'; can be repeated", HelpName = "HEADER" };
        var isolate = new Option<bool>("--isolate") { Description = "Give the server a network from which only the proxy can be reached, and hide the vault's folder from it; requires bubblewrap" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Say nothing at the end about the hosts that the server was refused" };
        var options = new RunOptions();
        var agent = new AgentOptions();
        var command = new Command("wrap", "As an agent: run another server of the protocol, hold it to its tools, and decide and record each call") { words, name, credential, headers, expose };
        options.AddTo(command);
        command.Options.Add(isolate);
        command.Options.Add(quiet);
        agent.AddTo(command);
        return runner.Bind(command, async run =>
        {
            GivenSecret.RequireText(run, "mcp wrap");
            if (!OperatingSystem.IsLinux())
            {
                throw CliErrors.Usage("'sanctum mcp wrap' requires Linux");
            }

            var bytes = RawArguments.Last(run.Get(words).Length);
            string[] texts = [.. bytes.Select(Encoding.UTF8.GetString)];
            var server = ServerName.Of(run.Get(name), texts);
            await using var client = agent.Open(run, overNetwork: AddressIn(texts) is not null);
            if (AddressIn(texts) is { } address)
            {
                _ = run.Has(expose) || run.Get(isolate) || options.IsGiven(run) ? throw CliErrors.Usage("a server at a URL has no environment", "leave out the options for programs; name its key with --credential") : 0;
                var (path, given) = (run.Get(credential), RemoteHeaders.Read(run, headers, run.Has(credential)));
                await WrapAsync(run, client, server, texts, new RemoteServerSource(() => HandlerOf(client, path, given), address, given)).ConfigureAwait(false);
                return;
            }

            _ = run.Has(headers) ? throw CliErrors.Usage("--header is for a server at a URL", "a program gets what it needs in its environment and arguments") : 0;
            _ = run.Has(credential) ? throw CliErrors.Usage("--credential is for a server at a URL", "name the key of a program with --env NAME=PATH") : 0;
            var source = new ProcessServerSource(run, client, new ProcessServerOptions(
                bytes, await options.ReadAsync(run, RawEnvironment.OfThisProcess(), client).ConfigureAwait(false), Exposed((run.Has(expose) ? run.Get(expose) : null) ?? []), [.. agent.KeyFiles(run)], run.Get(isolate), run.Get(quiet)));
            await WrapAsync(run, client, server, texts, source).ConfigureAwait(false);
        });
    }

    private static async Task WrapAsync(Run run, SanctumClient agent, string server, IReadOnlyList<string> command, IServerSource source)
    {
        using var input = StandardStreams.OpenInput();
        using var output = StandardStreams.OpenOutput();
        await ServerWrapper.RunAsync(
            agent,
            new WrapOptions
            {
                Pins = PinFiles.For(ToolFolder.Of(run, agent.AgentName), server, command),
                AcceptCommand = ToolFolder.AcceptCommand(run, agent.AgentName, server),
                Note = run.Terminal.Note,
            },
            source,
            input,
            output,
            run.Cancelled).ConfigureAwait(false);
    }

    private static Uri? AddressIn(string[] words) =>
        words is [var only] && Uri.TryCreate(only, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https") ? address : null;

    // Without a credential there is nothing that the vault could add, and nothing that it has to keep.
    // What was given goes to the vault, which decides whether it can go beside the secret: nothing is left out unsaid.
    private static HttpMessageHandler HandlerOf(SanctumClient agent, string? credential, ServerHeaders headers) => credential is null
        ? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }
        : new SanctumHttpHandler(agent, CredentialPath.Parse(credential).Value, new HttpUseOptions { PassHeaders = [.. headers.Values.Select(it => it.Key)] });

    private static Dictionary<string, string> Exposed(string[] given)
    {
        var exposed = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var parts = text.Split('=', 2);
            if (parts is not [{ Length: > 0 } variable, { Length: > 0 } path] || !exposed.TryAdd(variable, CredentialPath.Parse(path).Value))
            {
                throw CliErrors.InvalidValue("--expose", "a variable and a path, each variable once: DATABASE_URL=prod/database_url");
            }
        }

        return exposed;
    }
}
