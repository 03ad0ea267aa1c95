using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp;
using Sanctum.Cli.Mcp.Moving;
using Sanctum.Storage.Sqlite.Files;

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
        var project = new Option<string?>("--project") { Description = "Write a project's file and not the user's own. Default folder: the current one", HelpName = "FOLDER", Arity = ArgumentArity.ZeroOrOne };
        var print = new Option<bool>("--print") { Description = "Show the entry and what would change, without any key, and write nothing" };
        var force = new Option<bool>("--force") { Description = "Replace an entry that is there already" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Move the keys of other servers into the vault without asking" };
        var leave = new Option<bool>("--no-move") { Description = "Leave the keys of other servers where they are" };
        var prefix = new Option<string?>("--prefix") { Description = "What the paths of moved keys begin with, before the server's name", HelpName = "P" };
        var command = new Command("install", "Write the entry for 'sanctum mcp serve' into a host's configuration, and move the keys that lie there into the vault") { host, project, agent, print, force, yes, leave, prefix };
        return runner.Bind(command, async run =>
        {
            run.RequireThisMachine(); // The host finds its daemon by variables; operators and agents have two ports.
            var name = run.Get(host);
            var known = McpHost.All.FirstOrDefault(it => it.Name == name) ?? throw CliErrors.UnknownWord(
                name, McpHost.All.Select(it => it.Name), "there is no such host", word => $"there is no host '{word}'", $"it is one of {string.Join(", ", McpHost.All.Select(it => it.Name))}");
            _ = run.Get(yes) && run.Get(leave) ? throw CliErrors.Usage("--yes and --no-move can't be combined", "choose one of them") : 0;
            var asked = run.Get(agent) ?? Environment.GetEnvironmentVariable(AgentOptions.Variable);
            var its = AgentName.Parse(string.IsNullOrEmpty(asked) ? throw CliErrors.NoAgentNamed() : asked).Value;
            var above = run.Get(prefix) is { } given ? ImportPrefix.Of(given, "") : null;
            var folder = run.Has(project) ? FolderOf(run.Get(project)) : null;
            var install = new Install(run, HostFile.Of(known, folder), EntryOf(run, "serve", its), its);
            var wrapper = run.Get(leave) ? null : EntryOf(run, "wrap", its);
            var plan = wrapper is null ? null : install.Plan(above, wrapper);
            var elsewhere = install.Elsewhere(wrapper);
            if (run.Get(print))
            {
                install.Print(plan, run.Get(force), elsewhere);
                return;
            }

            await install.WriteAsync(plan is { Keys.Count: > 0 } && install.Agrees(plan, run.Get(yes)) ? plan : null, plan, run.Get(force), elsewhere).ConfigureAwait(false);
        });
    }

    private static string FolderOf(string? given)
    {
        var folder = HomeFolder.Expand(string.IsNullOrEmpty(given) ? Environment.CurrentDirectory : given);
        return Directory.Exists(folder) ? folder : throw CliErrors.Usage($"there is no folder {folder}", "name the project's folder after --project, or run this in it");
    }

    private static McpEntry EntryOf(Run run, string command, string agent) => new(
        Server,
        IsFound() ? Server : Environment.ProcessPath ?? Server,
        ["mcp", command, "--agent", agent, .. run.IsVaultNamed ? (string[])["--vault-path", run.Vault.Path] : []]);

    // A host starts programs by PATH, as a shell does.
    private static bool IsFound() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Join(folder, Server)));
}
