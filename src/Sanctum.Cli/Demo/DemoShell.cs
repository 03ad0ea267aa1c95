using System.Diagnostics;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Daemons;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Demo;

/// <summary>
/// Runs <c>sanctum</c> commands as a user would, each in its own process, and shows them with what they print. When it is
/// disposed, no daemon of the vault is left.
/// </summary>
internal sealed class DemoShell(Terminal terminal, VaultDirectory vault, CancellationToken cancelled) : IAsyncDisposable
{
    private static readonly TimeSpan TimeToStop = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _passphrase = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private int? _daemon;

    /// <summary>Runs a command that has to succeed; returns what it printed.</summary>
    public async Task<string> RunAsync(string[] arguments, string? input = null)
    {
        terminal.Line($"  $ sanctum {string.Join(' ', arguments.Select(Quote))}");
        var (exitCode, output, errors) = await StartAsync(arguments, input).ConfigureAwait(false);
        cancelled.ThrowIfCancellationRequested();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            terminal.Line($"    {line}");
        }

        return exitCode == ExitCode.Done
            ? output
            : throw CliErrors.StepFailed($"'sanctum {string.Join(' ', arguments.Take(2))}'", "exit code 0", $"{exitCode}: {errors.Trim()}");
    }

    /// <summary>The daemon that a command started, so that it can be stopped whatever happens.</summary>
    public async Task<DaemonStatus> FindDaemonAsync()
    {
        using var admin = new AdminClient(vault.AdminSocket);
        var daemon = await admin.StatusAsync(cancelled).ConfigureAwait(false);
        _daemon = daemon.ProcessId;
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(vault.AdminSocket))
        {
            await StopAsync().ConfigureAwait(false);
        }

        if (_daemon is { } processId && Processes.Runs(processId))
        {
            Processes.Kill(processId);
            using var deadline = new CancellationTokenSource(TimeToStop);
            while (Processes.Runs(processId))
            {
                await Task.Delay(Pause, deadline.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task StopAsync()
    {
        using var deadline = new CancellationTokenSource(TimeToStop);
        try
        {
            using var admin = new AdminClient(vault.AdminSocket);
            _daemon ??= (await admin.StatusAsync(deadline.Token).ConfigureAwait(false)).ProcessId;
            await StartAsync(["daemon", "stop"], input: null).WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperatorException or OperationCanceledException)
        {
            terminal.Detail($"the daemon did not stop when told to: {e.GetType().Name}"); // It is killed next.
        }
    }

    private async Task<(int ExitCode, string Output, string Errors)> StartAsync(string[] arguments, string? input)
    {
        var start = Executable.Start(arguments);
        start.Environment[VaultDirectory.Variable] = vault.Path;
        start.Environment[Passphrases.Variable] = _passphrase;
        using var process = Process.Start(start) ?? throw new InvalidOperationException("the command's process did not start");
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
        process.StandardInput.Close();

        // Not cancelled from here: Ctrl-C reaches the command as well, and it tidies up after itself.
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return (process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
    }

    private static string Quote(string word) => word.AsSpan().IndexOfAny(" *?'\"") < 0 ? word : $"'{word}'";
}
