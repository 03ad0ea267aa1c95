using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Tls;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Hosting;

/// <summary>Takes what <c>config.json</c> says now, while the daemon runs. A file that can't be taken whole changes nothing.</summary>
internal sealed class DaemonReload(Vault vault, AgentHost agents, IdleSeal idle, TokenGuesses guesses, LogThreshold threshold, ServerTls? tls, AdminContext admin, ILogger<DaemonReload> log)
{
    /// <summary>Reads the file and, once all of it has been found right, has every part take it.</summary>
    /// <param name="options">What the command line said.</param>
    /// <param name="running">What the daemon runs with.</param>
    /// <param name="letConnect">Opens the agents' socket to those who may connect.</param>
    /// <returns>What the daemon runs with from now on.</returns>
    public async Task<DaemonSettings> ApplyAsync(DaemonOptions options, DaemonSettings running, Action<DaemonSettings> letConnect)
    {
        try
        {
            var read = DaemonSettings.Resolve(options);
            var change = ConfigChange.Between(running.Config, read.Config);
            var settings = running.With(change.Config, read.LogLevel);
            await vault.ReconfigureAsync(settings.VaultOptions).ConfigureAwait(false); // Reads the authorities: the last that can be refused.
            agents.Reconfigure(settings);
            letConnect(settings);
            idle.Reconfigure(settings);
            guesses.PerMinute = settings.Config.FailedSignInsPerMinute;
            admin.DrainSeconds = settings.Config.DrainSeconds;
            threshold.Level = settings.LogLevel;
            tls?.ReloadIfChanged();
            log.Reloaded(Listed(change.Now), Listed(change.Later));
            return settings;
        }
        catch (Exception failure) when (OperatorErrors.TryTranslate(failure, out var refused))
        {
            log.ReloadRefused(refused.Message, refused.Suggestion);
            return running;
        }
        catch (Exception failure)
        {
            // Whatever it is, agents are served as before.
            log.ReloadFailed(failure);
            return running;
        }
    }

    private static string Listed(IReadOnlyList<string> keys) => keys is [] ? "nothing" : string.Join(", ", keys);
}
