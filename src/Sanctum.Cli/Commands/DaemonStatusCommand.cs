using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum daemon status</c></summary>
internal static class DaemonStatusCommand
{
    public static Command Create(Runner runner) =>
        runner.Bind(new Command("status", "Show the daemon's status. Exit code 4 if none is running"), RunAsync);

    private static async Task<int> RunAsync(Run run)
    {
        if (await run.Operators.FindDaemonAsync(run.Cancelled).ConfigureAwait(false) is { } daemon)
        {
            DaemonReport.Show(run, daemon);
            return ExitCode.Done;
        }

        // For a program that asks how it is, "not running" is a result and no error.
        run.Terminal.Result(new StatusDocument(Running: false, Daemon: null), json => json.StatusDocument, () => throw CliErrors.NoDaemon(run.Vault.Path));
        return ExitCode.Unreachable;
    }
}
