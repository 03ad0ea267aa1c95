using System.CommandLine;
using Sanctum.Agents;
using Sanctum.Cli.AgentSide;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Mcp.Wrapping;
using Sanctum.Cli.Output;
using Sanctum.Cli.Terminals;
using Sanctum.Mcp.Wrapping.Cleaning;
using Sanctum.Mcp.Wrapping.Pins;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum mcp tools NAME</c></summary>
internal static class McpToolsCommand
{
    private const int ShownHash = 16;

    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "What 'sanctum mcp wrap' calls the server" };
        var agent = new Option<string?>("--agent") { Description = $"Whose server it is. Default: {AgentOptions.Variable}", HelpName = "NAME" };
        var accept = new Option<bool>("--accept") { Description = "Show in what the server's tools have changed, and accept them as they are now" };
        var yes = new Option<bool>("--yes", "-y") { Description = "With --accept: do not ask" };
        return runner.Bind(new Command("tools", "Show a wrapped server's tools as they were accepted, and accept changed ones") { name, agent, accept, yes }, run =>
        {
            var asked = run.Get(agent) ?? Environment.GetEnvironmentVariable(AgentOptions.Variable);
            var its = AgentName.Parse(string.IsNullOrEmpty(asked) ? throw CliErrors.NoAgentNamed() : asked).Value;
            try
            {
                var server = ServerName.Of(run.Get(name), [run.Get(name)]);
                var found = PinFiles.Find(ToolFolder.Of(run, its), server);
                _ = found.Count == 0 ? throw CliErrors.NoPinnedTools(server, its) : 0;

                // What is accepted is what was shown, and not what the server says meanwhile.
                var all = found.Select(files => new Pair(files, files.ReadAccepted()!, files.ReadWaiting())).ToList();
                var accepts = run.Get(accept);
                if (accepts && !run.Terminal.Json)
                {
                    all.ForEach(pair => ShowChanges(run, pair));
                }

                if (accepts && all.Exists(pair => pair.Waiting is not null))
                {
                    Accept(run, all, run.Get(yes));
                }

                Show(run, all, accepts);
            }
            catch (PinException unusable)
            {
                throw CliErrors.UnusablePins(unusable);
            }

            return Task.CompletedTask;
        });
    }

    private static void Accept(Run run, List<Pair> all, bool isSure)
    {
        if (!isSure)
        {
            _ = Console.IsInputRedirected || !StandardStreams.HasInput || run.Terminal.Json ? throw CliErrors.NobodyToAsk() : 0;
            Console.Error.Write("Accept these tools? [y/N] ");
            _ = Console.ReadLine()?.Trim() is "y" or "Y" or "yes" ? 0 : throw CliErrors.NotAccepted();
        }

        foreach (var pair in all.Where(pair => pair.Waiting is not null))
        {
            pair.Files.Accept(pair.Waiting!);
        }
    }

    private static void ShowChanges(Run run, Pair pair)
    {
        if (pair.Waiting is not { } waiting)
        {
            return;
        }

        var changes = ToolChanges.Between(pair.Accepted, waiting);
        foreach (var name in changes.Removed)
        {
            run.Terminal.Line($"removed  {HiddenText.Show(name)}");
        }

        foreach (var name in changes.Added)
        {
            run.Terminal.Line($"added    {HiddenText.Show(name)}");
            ShowLines(run, waiting.Find(name)!.Lines().Select(line => "+" + line));
        }

        foreach (var name in changes.Changed)
        {
            run.Terminal.Line($"changed  {HiddenText.Show(name)}");
            ShowLines(run, LineDiff.Between(pair.Accepted.Find(name)!.Lines(), waiting.Find(name)!.Lines()));
        }
    }

    private static void ShowLines(Run run, IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            run.Terminal.Line($"  {line}");
        }
    }

    private static void Show(Run run, List<Pair> all, bool accepts)
    {
        var views = all.Select(pair => pair.ToView(accepts)).ToList();
        run.Terminal.Result(new PinnedServersDocument(views, accepts && all.Exists(pair => pair.Waiting is not null)), json => json.PinnedServersDocument, () =>
        {
            if (accepts)
            {
                run.Terminal.Line(all.Exists(pair => pair.Waiting is not null) ? "accepted" : "nothing has changed");
                return;
            }

            foreach (var view in views)
            {
                run.Terminal.Line(HiddenText.Show(string.Join(' ', view.Command)));
                run.Terminal.Table(["TOOL", "SHA-256", "NOW"], view.Tools.Select(tool => new[] { tool.Name, tool.Hash[..ShownHash], tool.Change }), "it has no tools");
            }
        });
        if (!accepts && all.Exists(pair => pair.Waiting is not null))
        {
            run.Terminal.Note("the server's tools have changed: look at the difference and accept it with --accept");
        }
    }

    private sealed record Pair(PinFiles Files, PinnedSet Accepted, PinnedSet? Waiting)
    {
        public PinnedServerView ToView(bool accepts)
        {
            var now = accepts ? Waiting ?? Accepted : Accepted;
            var changes = Waiting is null || accepts ? new ToolChanges([], [], []) : ToolChanges.Between(Accepted, Waiting);
            return new PinnedServerView(
                Files.Server,
                Files.Command,
                now.Hash,
                accepts ? null : Waiting?.Hash,
                [
                    .. now.Tools.Select(tool => new PinnedToolView(HiddenText.Show(tool.Name), tool.Hash, changes.Removed.Contains(tool.Name) ? "removed" : changes.Changed.Contains(tool.Name) ? "changed" : null)),
                    .. changes.Added.Select(name => new PinnedToolView(HiddenText.Show(name), Waiting!.Find(name)!.Hash, "added")),
                ]);
        }
    }
}
