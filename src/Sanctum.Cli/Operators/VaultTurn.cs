using System.Diagnostics;
using System.Security.Cryptography;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Terminals;
using Sanctum.Daemon.Admin;
using Sanctum.Storage;

namespace Sanctum.Cli.Operators;

/// <summary>
/// Waits for a vault that another process has open. One process at a time has it, and most of them are commands that are done in a moment: several at once take turns.
/// </summary>
/// <param name="terminal">Where it says that it waits.</param>
/// <param name="patience">How long.</param>
internal sealed class VaultTurn(Terminal terminal, TimeSpan patience)
{
    /// <summary>How long one is waited for, where nothing else is said.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    // In milliseconds. Those that have waited longest ask least: all the asking must not slow down the one that works.
    private const int ShortestPause = 20, LongestPause = 250;

    /// <summary>Whether it failed because another process has the vault open.</summary>
    public static bool IsHeld(Exception failure) =>
        (failure as StoreException ?? (failure as OperatorException)?.InnerException as StoreException) is { Reason: StoreFailure.InUse };

    /// <summary>Tries until the vault is free. What is tried must have changed nothing when it finds the vault held.</summary>
    /// <exception cref="CliException">It was held for all that time.</exception>
    public async Task<T> TakeAsync<T>(Func<Task<T>> open, CancellationToken cancellationToken)
    {
        var waiting = Stopwatch.StartNew();
        var isSaid = false;
        for (var pause = ShortestPause; ; pause = Math.Min(2 * pause, LongestPause))
        {
            try
            {
                return await open().ConfigureAwait(false);
            }
            catch (Exception held) when (IsHeld(held))
            {
                if (waiting.Elapsed >= patience)
                {
                    throw CliErrors.VaultHeld(held, patience);
                }

                if (!isSaid && waiting.Elapsed >= Silence)
                {
                    terminal.Note($"waiting: {held.Message}");
                    isSaid = true;
                }
            }

            // Of many that wait, no two should try in step for ever.
            await Task.Delay(RandomNumberGenerator.GetInt32(pause / 2, pause + 1), cancellationToken).ConfigureAwait(false);
        }
    }
}
