using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Telemetry;

namespace Sanctum.Daemon.Hosting;

/// <summary>What a daemon listens with: for agents and operators, for agents' programs, and for metrics where that is configured.</summary>
internal sealed class DaemonServers : IAsyncDisposable
{
    private readonly ListeningPaths _paths;
    private WebApplication? _app, _proxy;

    private DaemonServers(ListeningPaths paths) => _paths = paths;

    /// <summary>For agents and operators; its services are the daemon's parts.</summary>
    public WebApplication App => _app!;

    /// <summary>For agents' programs.</summary>
    public WebApplication Proxy => _proxy!;

    /// <summary>What is sent to or read by those who measure; null where nothing is.</summary>
    public TelemetryServing? Telemetry { get; private set; }

    public IServiceProvider Services => App.Services;

    /// <summary>Makes the places of the sockets free, and puts the servers together. Nothing listens yet.</summary>
    /// <param name="vault">The vault, whose lock is held: only its daemon touches the sockets.</param>
    /// <param name="settings">The daemon's settings.</param>
    public static async Task<DaemonServers> BuildAsync(Vault vault, DaemonSettings settings)
    {
        SocketFile.Claim(settings.Socket);
        SocketFile.Claim(settings.AdminSocket);
        SocketFile.Claim(settings.ProxySocket);
        TelemetryServing.Claim(settings);
        var servers = new DaemonServers(new ListeningPaths(settings));
        try
        {
            servers._app = DaemonHost.Build(vault, settings, servers._paths);
            var bound = servers.Services.GetRequiredService<BoundAddresses>();
            servers._proxy = ProxyHost.Build(vault, settings, servers._paths, bound, servers.Services);
            servers.Telemetry = TelemetryServing.Build(settings, servers._paths, bound, servers.Services);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Others have to be able to connect where some of them may; who they are is checked when they do.</summary>
    public static void LetConnect(DaemonSettings settings)
    {
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            const UnixFileMode anyone = own | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            var mode = settings.Config.AllowedUids.Count > 0 ? anyone : own;
            File.SetUnixFileMode(settings.Socket, mode);
            File.SetUnixFileMode(settings.ProxySocket, mode);
        }
    }

    /// <summary>Starts to listen everywhere.</summary>
    /// <exception cref="OperatorException">An address or a path can't be listened on.</exception>
    public async Task ListenAsync(DaemonSettings settings, CancellationToken cancellationToken)
    {
        // Sockets are born with the umask's mode; a program that embeds the daemon has its own umask back afterwards.
        var before = NativeMethods.Umask(0x3F); // 077
        try
        {
            await App.StartAsync(cancellationToken).ConfigureAwait(false);
            await Proxy.StartAsync(cancellationToken).ConfigureAwait(false);
            if (Telemetry is not null)
            {
                await Telemetry.StartAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (IOException taken) when (taken.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new OperatorException(OperatorErrors.InUse, "an address to listen on is already in use", "choose another port", taken);
        }
        catch (Exception refused) when (refused is IOException or SocketException or UnauthorizedAccessException or ArgumentException)
        {
            throw CanNotListen(settings, refused);
        }
        finally
        {
            NativeMethods.Umask(before);
        }

        LetConnect(settings);
    }

    /// <summary>Removes the sockets. The vault's lock is still held: after it, a socket of this name could be the next daemon's.</summary>
    public static void RemoveSockets(DaemonSettings settings)
    {
        SocketFile.Remove(settings.Socket);
        SocketFile.Remove(settings.AdminSocket);
        SocketFile.Remove(settings.ProxySocket);
        TelemetryServing.Remove(settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (Telemetry is not null)
        {
            await Telemetry.DisposeAsync().ConfigureAwait(false);
        }

        if (_proxy is not null)
        {
            await _proxy.DisposeAsync().ConfigureAwait(false);
        }

        if (_app is not null)
        {
            await _app.DisposeAsync().ConfigureAwait(false);
        }

        _paths.Dispose();
    }

    // Kestrel does not say which one it was, and the system only why.
    private static OperatorException CanNotListen(DaemonSettings settings, Exception cause)
    {
        IEnumerable<string?> places = [settings.Socket, settings.AdminSocket, settings.ProxySocket, settings.Tcp?.ToString(), settings.Http?.ToString(), settings.Proxy?.ToString(), settings.Telemetry.Socket, settings.Telemetry.Tcp?.ToString(), settings.Telemetry.Health?.ToString()];
        return new OperatorException(
            OperatorErrors.InvalidConfig,
            $"the daemon can't listen on one of {string.Join(", ", places.OfType<string>())}: {cause.GetBaseException().Message}",
            "choose another path or address: --socket, --tcp, --http, --proxy, --proxy-socket, or 'telemetry' in config.json",
            cause);
    }
}
