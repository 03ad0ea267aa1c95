using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum daemon stop</c></summary>
internal static class DaemonStopCommand
{
    // For sealing, and closing the store.
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), RemotePause = TimeSpan.FromMilliseconds(250);

    public static Command Create(Runner runner)
    {
        var now = new Option<bool>("--now") { Description = "End running calls at once. By default they have the time that drain_seconds in config.json says" };
        return runner.Bind(new Command("stop", "Stop the daemon. It finishes running calls and seals the vault") { now }, run => RunAsync(run, run.Get(now)));
    }

    private static async Task RunAsync(Run run, bool now)
    {
        var daemon = await run.Operators.RequireDaemonAsync(run.Cancelled).ConfigureAwait(false);
        var token = daemon.Sealed ? null : await run.Operators.TokenAsync(daemon, run.Cancelled).ConfigureAwait(false);
        await run.Operators.Admin.StopAsync(token, run.Cancelled).ConfigureAwait(false);
        if (now && !daemon.Draining)
        {
            await StopNowAsync(run, token).ConfigureAwait(false);
        }

        await run.Terminal.WhileAsync("waiting for it to finish", () => WaitAsync(run, daemon)).ConfigureAwait(false);
        run.Terminal.Result(
            new StoppedDocument(Stopped: true, daemon.ProcessId), json => json.StoppedDocument,
            () => run.Terminal.Line($"daemon stopped (pid {daemon.ProcessId})"));
    }

    // Asked again, it waits for nothing. By then it may have gone.
    private static async Task StopNowAsync(Run run, string? token)
    {
        try
        {
            await run.Operators.Admin.StopAsync(token, run.Cancelled).ConfigureAwait(false);
        }
        catch (OperatorException gone) when (gone.Code is "DAEMON_UNREACHABLE" or "VAULT_LOCKED" or "AUTH_FAILED")
        {
            // Sealed, which ends tokens, or closed already: what follows waits for its end.
        }
    }

    // Until the vault is free and not merely until the socket is gone: 'stop' is followed by 'start' in many a script.
    private static async Task<bool> WaitAsync(Run run, DaemonStatus daemon)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled);
        var longest = TimeSpan.FromSeconds(daemon.DrainSeconds) + Closing;
        deadline.CancelAfter(longest);
        try
        {
            while (await RunsAsync(run, daemon, deadline.Token).ConfigureAwait(false))
            {
                await Task.Delay(run.Remote is null ? Pause : RemotePause, deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!run.Cancelled.IsCancellationRequested)
        {
            throw CliErrors.StillRuns(daemon.ProcessId, longest);
        }

        return true;
    }

    private static async Task<bool> RunsAsync(Run run, DaemonStatus daemon, CancellationToken cancellationToken)
    {
        if (run.Remote is null)
        {
            return await run.Operators.FindDaemonAsync(cancellationToken).ConfigureAwait(false) is not null || Daemons.Processes.Runs(daemon.ProcessId);
        }

        try
        {
            _ = await run.Operators.Admin.StatusAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OperatorException known) when (known.Code is "AUTH_FAILED" or "DAEMON_UNREACHABLE")
        {
            return known.Code == "AUTH_FAILED"; // Sealed already, which ends tokens.
        }
    }
}
