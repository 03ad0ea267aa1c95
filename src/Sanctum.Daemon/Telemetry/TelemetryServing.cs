using Microsoft.AspNetCore.Builder;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Telemetry;

/// <summary>What runs beside the daemon where telemetry is configured: who sends it, and the listener where it is read.</summary>
internal sealed class TelemetryServing : IAsyncDisposable
{
    private readonly TelemetryExport _export;
    private readonly WebApplication? _listener;

    private TelemetryServing(TelemetryExport export, WebApplication? listener) => (_export, _listener) = (export, listener);

    /// <summary>Puts together what is configured; null where nothing is.</summary>
    public static TelemetryServing? Build(DaemonSettings settings, ListeningPaths paths, BoundAddresses bound, IServiceProvider daemon)
    {
        if (TelemetryExport.Start(settings.Telemetry) is not { } export)
        {
            return null;
        }

        return new TelemetryServing(export, settings.Telemetry.HasListener ? MetricsHost.Build(settings, export, paths, bound, daemon) : null);
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

    public Task StartAsync(CancellationToken cancellationToken) => _listener?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => _listener?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null)
        {
            await _listener.DisposeAsync().ConfigureAwait(false);
        }

        _export.Dispose();
    }
}
