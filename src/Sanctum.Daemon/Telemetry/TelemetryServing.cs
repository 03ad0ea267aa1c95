using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Telemetry;

/// <summary>What runs beside the daemon where telemetry is configured: who sends it, and the listeners where it and the daemon's health are read.</summary>
internal sealed class TelemetryServing : IAsyncDisposable
{
    private readonly TelemetryExport? _export;
    private readonly WebApplication? _listener;

    private TelemetryServing(TelemetryExport? export, WebApplication? listener) => (_export, _listener) = (export, listener);

    /// <summary>Puts together what is configured; null where nothing is.</summary>
    public static TelemetryServing? Build(DaemonSettings settings, ListeningPaths paths, BoundAddresses bound, IServiceProvider daemon)
    {
        var export = TelemetryExport.Start(settings.Telemetry);
        var isWatched = settings.Telemetry.HasListener || settings.Telemetry.Health is not null;
        return export is null && !isWatched ? null : new TelemetryServing(export, isWatched ? MonitorHost.Build(settings, export, HealthOf(daemon), paths, bound, daemon) : null);
    }

    /// <summary>Makes its socket's place free.</summary>
    public static void Claim(DaemonSettings settings)
    {
        if (settings.Telemetry.Socket is { } socket)
        {
            SocketFile.Claim(socket);
        }
    }

    /// <summary>Clears its socket away.</summary>
    public static void Remove(DaemonSettings settings)
    {
        if (settings.Telemetry.Socket is { } socket)
        {
            SocketFile.Remove(socket);
        }
    }

    private static Health HealthOf(IServiceProvider daemon) => new(daemon.GetRequiredService<AdminContext>().Vault, daemon.GetRequiredService<DrainState>());

    public Task StartAsync(CancellationToken cancellationToken) => _listener?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _listener?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        _export?.Dispose();
    }
}
