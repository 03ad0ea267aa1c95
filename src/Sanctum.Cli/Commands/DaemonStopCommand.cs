using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum daemon stop</c></summary>
internal static class DaemonStopCommand
{
    // The daemon gives what is running ten seconds to finish.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Command Create(Runner runner) =>
        runner.Bind(new Command("stop", "Stop the daemon. It finishes running calls and seals the vault"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        var token = daemon.Sealed ? null : await run.Operators.TokenAsync(daemon, run.Cancelled).ConfigureAwait(false);
        await run.Operators.Admin.StopAsync(token, run.Cancelled).ConfigureAwait(false);
        await run.Terminal.WhileAsync("waiting for it to finish", () => WaitAsync(run, daemon)).ConfigureAwait(false);
        run.Terminal.Result(
            new StoppedDocument(Stopped: true, daemon.ProcessId), json => json.StoppedDocument,
            () => run.Terminal.Line($"daemon stopped (pid {daemon.ProcessId})"));
    }

    // Until the vault is free and not merely until the socket is gone: 'stop' is followed by 'start' in many a script.
    private static async Task<bool> WaitAsync(Run run, DaemonStatus daemon)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled);
        deadline.CancelAfter(Longest);
        try
        {
            while (await run.Operators.FindDaemonAsync(deadline.Token).ConfigureAwait(false) is not null || Daemons.Processes.Runs(daemon.ProcessId))
            {
                await Task.Delay(Pause, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!run.Cancelled.IsCancellationRequested)
        {
            throw CliErrors.StillRuns(daemon.ProcessId, Longest);
        }

        return true;
    }
}
