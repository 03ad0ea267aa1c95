using Microsoft.Extensions.Logging;

namespace Sanctum.Daemon.Hosting;

/// <summary>Seals the vault when nobody has called for a while.</summary>
internal sealed class IdleSeal : IAsyncDisposable
{
    private readonly ITimer _timer;
    private readonly Vault _vault;
    private readonly DaemonSealing _sealing;
    private readonly DaemonSettings _settings;
    private readonly ILogger _log;

    public IdleSeal(Vault vault, DaemonSealing sealing, DaemonSettings settings, ILogger<IdleSeal> log)
    {
        (_vault, _sealing, _settings, _log) = (vault, sealing, settings, log);
        var every = settings.Config.IdleSeal > 0 ? TimeSpan.FromSeconds(1) : Timeout.InfiniteTimeSpan;
        _timer = settings.Time.CreateTimer(_ => _ = SealIfIdleAsync(), null, every, every);
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private async Task SealIfIdleAsync()
    {
        try
        {
            if (!_vault.IsSealed && _vault.IdleTime >= TimeSpan.FromSeconds(_settings.Config.IdleSeal))
            {
                await _sealing.SealAsync("nobody called for a while").ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            // On the timer's thread nobody else would hear of it; the next tick tries again.
            _log.SealFailed(failure);
        }
    }
}
