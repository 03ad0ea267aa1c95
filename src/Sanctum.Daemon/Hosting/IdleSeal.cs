using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>Seals the vault when nobody has called for a while.</summary>
internal sealed class IdleSeal : IAsyncDisposable
{
    private readonly ITimer _timer;
    private readonly Vault _vault;
    private readonly DaemonSealing _sealing;
    private volatile DaemonSettings _settings;
    private readonly ILogger _log;

    public IdleSeal(Vault vault, DaemonSealing sealing, DaemonSettings settings, ILogger<IdleSeal> log)
    {
        (_vault, _sealing, _settings, _log) = (vault, sealing, settings, log);
        _timer = settings.Time.CreateTimer(_ => _ = SealIfIdleAsync(), null, Every(settings), Every(settings));
    }

    /// <summary>Takes another time.</summary>
    public void Reconfigure(DaemonSettings settings)
    {
        _settings = settings;
        _timer.Change(Every(settings), Every(settings));
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private static TimeSpan Every(DaemonSettings settings) => settings.Config.IdleSeal > 0 ? TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan;

    private async Task SealIfIdleAsync()
    {
        try
        {
            var after = TimeSpan.FromSeconds(_settings.Config.IdleSeal);
            if (after > TimeSpan.Zero && !_vault.IsSealed && _vault.IdleTime >= after)
            {
                await _sealing.SealAsync("no calls for a while").ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            // On the timer's thread nobody else would hear of it; the next tick tries again.
            _log.SealFailed(failure);
        }
    }
}
