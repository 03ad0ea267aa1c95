using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Mcp;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum mcp install HOST</c></summary>
internal static class McpInstallCommand
{
    private const string Server = "sanctum";

    public static Command Create(Runner runner)
    {
        var host = new Argument<string>("HOST") { Description = $"Whose configuration: {string.Join(", ", McpHost.All.Select(it => it.Name))}" };
        host.CompletionSources.Add([.. McpHost.All.Select(it => it.Name)]);
        var agent = new Option<string?>("--agent") { Description = $"The agent that the host is. Default: {AgentOptions.Variable}", HelpName = "NAME" };
        var print = new Option<bool>("--print") { Description = "Show the entry, and write nothing" };
        var force = new Option<bool>("--force") { Description = "Replace an entry that is there already" };
        return runner.Bind(new Command("install", "Write the entry for 'sanctum mcp serve' into a host's configuration") { host, agent, print, force }, run =>
        {
            var name = run.Get(host);
            var known = McpHost.All.FirstOrDefault(it => it.Name == name) ?? throw CliErrors.UnknownWord(
                name, McpHost.All.Select(it => it.Name), "there is no such host", word => $"there is no host '{word}'", $"it is one of {string.Join(", ", McpHost.All.Select(it => it.Name))}");
            var asked = run.Get(agent) ?? Environment.GetEnvironmentVariable(AgentOptions.Variable);
            var entry = EntryOf(run, AgentName.Parse(string.IsNullOrEmpty(asked) ? throw CliErrors.NoAgentNamed() : asked).Value);
            var file = HostFile.Of(known, Environment.CurrentDirectory);
            if (!run.Get(print))
            {
                var (content, replaces) = (file.Read(), run.Get(force));
                file.Write(known.Form.IsToml ? TomlEntries.With(content, file.Shown, known.Form, entry, replaces) : JsonEntries.With(content, file.Shown, known.Form, entry, replaces));
            }

            Show(run, new McpEntryDocument(known.Name, file.Shown, !run.Get(print), entry.Command, entry.Arguments), known.Form.IsToml ? TomlEntries.Text(known.Form, entry) : JsonEntries.Text(known.Form, entry));
            return Task.CompletedTask;
        });
    }

    private static McpEntry EntryOf(Run run, string agent) => new(
        Server,
        IsFound() ? Server : Environment.ProcessPath ?? Server,
        ["mcp", "serve", "--agent", agent, .. run.IsVaultNamed ? (string[])["--vault-path", run.Vault.Path] : []]);

    // A host starts programs by PATH, as a shell does.
    private static bool IsFound() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Join(folder, Server)));

    private static void Show(Run run, McpEntryDocument document, string text)
    {
        run.Terminal.Result(document, json => json.McpEntryDocument, () => run.Terminal.Line(document.Written ? $"wrote the entry '{Server}' into {document.File}" : text.TrimEnd('\n')));
        if (!document.Written)
        {
            run.Terminal.Note($"the entry goes into {document.File}");
        }
        else
        {
            run.Terminal.Note($"start {document.Host} again, and it has the tools; it needs a daemon that runs and an agent that is registered");
        }
    }
}
