using System.Diagnostics;
using System.Text.Json;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Daemons;

/// <summary>Starts a daemon in the background: this program again, in a session of its own.</summary>
internal static class DaemonLauncher
{
    /// <summary>The option that tells the new process so. See <see cref="HandOverChannel"/>.</summary>
    public const string HandOverOption = "--hand-over";

    /// <summary>Returns its process id once it serves agents and operators; it throws what kept it from that.</summary>
    /// <param name="vault">Whose vault.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="arguments">What <c>daemon start</c> was given besides.</param>
    /// <param name="passphrase">Goes through a pipe: a process's arguments and environment can be read by others. Null: it starts sealed.</param>
    public static async Task<int> StartAsync(
        VaultDirectory vault, IEnumerable<string> arguments, ReadOnlyMemory<byte>? passphrase, TimeSpan patience, CancellationToken cancellationToken)
    {
        var start = Executable.Start(["--vault-path", vault.Path, "daemon", "start", "--foreground", HandOverOption, .. arguments]);
        start.WorkingDirectory = "/"; // So that no folder is kept from being unmounted.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(patience);
        using var daemon = Process.Start(start) ?? throw new InvalidOperationException("the daemon's process did not start");
        try
        {
            await using (var input = daemon.StandardInput.BaseStream)
            {
                await input.WriteAsync(passphrase ?? default, late.Token).ConfigureAwait(false);
            }

            await WaitUntilReadyAsync(daemon, late.Token).ConfigureAwait(false);
            return daemon.Id;
        }
        catch (OperationCanceledException)
        {
            daemon.Kill();
            cancellationToken.ThrowIfCancellationRequested();
            throw CliErrors.DaemonNotReady(daemon.Id, patience);
        }
    }

    private static async Task WaitUntilReadyAsync(Process daemon, CancellationToken cancellationToken)
    {
        var line = await daemon.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (line is null)
        {
            // It ended before it could say why: what the runtime had to say is all there is.
            var said = await daemon.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            throw CliErrors.DaemonFailed(ExitCode.Refused, "DAEMON_FAILED", "the daemon ended before it was ready", said.Trim() is { Length: > 0 } text ? text : null);
        }

        var handOver = JsonSerializer.Deserialize(line, CliJson.Compact.HandOver)!;
        if (handOver.Error is { } error)
        {
            throw CliErrors.DaemonFailed(error.ExitCode, error.Code, error.Message, error.Hint);
        }
    }
}
