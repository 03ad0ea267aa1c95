using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum seal</c></summary>
internal static class SealCommand
{
    public static Command Create(Runner runner)
    {
        var command = new Command("seal", "Close the running daemon's vault: end all sessions and forget the keys");
        command.Aliases.Add("lock");
        return runner.Bind(command, RunAsync);
    }

    private static async Task RunAsync(Run run)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);

        // Also where it is sealed: it may be waiting for a seal provider, which is to end.
        var token = daemon.Sealed ? null : await run.Operators.TokenAsync(daemon, run.Cancelled).ConfigureAwait(false);
        var status = await run.Operators.Admin.SealAsync(token, run.Cancelled).ConfigureAwait(false);
        IReadOnlyList<string> warnings = daemon.Sealed ? [] : status.Warnings ?? [];
        run.Terminal.Warn(warnings);
        run.Terminal.Result(
            new SealDocument(Sealed: true, Changed: !daemon.Sealed, warnings), json => json.SealDocument,
            () => run.Terminal.Line(daemon.Sealed ? "the vault was sealed already" : "the vault is sealed"));
    }
}
