using System.CommandLine;
using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Completions;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum completion SHELL</c></summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, Func<DescribedCommand, string>> Shells = new(StringComparer.Ordinal)
    {
        ["bash"] = BashCompletion.Script,
        ["zsh"] = ZshCompletion.Script,
        ["fish"] = FishCompletion.Script,
    };

    public static Command Create(Runner runner)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.CompletionSources.Add([.. Shells.Keys]);
        return runner.Bind(new Command("completion", "Print a shell script that completes commands and options") { shell }, run =>
        {
            var name = run.Get(shell);
            var make = Shells.GetValueOrDefault(name) ?? throw CliErrors.Usage("completions exist for bash, zsh and fish");
            var document = new CompletionDocument(name, make(DescribedCommand.Root()));
            run.Terminal.Result(document, json => json.CompletionDocument, () => run.Terminal.Bytes(Encoding.UTF8.GetBytes(document.Script)));
            return Task.CompletedTask;
        });
    }
}
