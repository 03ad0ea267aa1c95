using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Proxy.Authorities;
using Sanctum.Daemon.Proxy.Listening;
using Sanctum.Daemon.Rpc;
using Sanctum.Daemon.Telemetry;

namespace Sanctum.Daemon.Hosting;

/// <summary>A vault being served to agents and operators.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private readonly OpenedVault _opened;
    private readonly WebApplication _app, _proxy;
    private readonly TelemetryServing? _telemetry;
    private readonly ListeningPaths _paths;
    private readonly DaemonOptions _options;
    private readonly ILogger _log;
    private DaemonSettings _settings;
    private int _stopped;

    private Daemon(OpenedVault opened, WebApplication app, WebApplication proxy, TelemetryServing? telemetry, ListeningPaths paths, DaemonOptions options, DaemonSettings settings)
    {
        (_opened, _app, _proxy, _telemetry, _paths, _options, _settings) = (opened, app, proxy, telemetry, paths, options, settings);
        _log = app.Services.GetRequiredService<ILogger<Daemon>>();
    }

    /// <summary>Completes when an operator has asked the daemon to stop; whoever started it then stops it.</summary>
    public Task StopRequested => _app.Services.GetRequiredService<AdminContext>().StopRequested.Task;

    /// <summary>How it is.</summary>
    public DaemonStatus Status => _app.Services.GetRequiredService<AdminContext>().Status();

    internal IServiceProvider Services => _app.Services;

    /// <summary>
    /// Serves a vault until SIGTERM, SIGINT, an operator's stop or the token: then finishes what is running, for at most ten
    /// seconds, seals the vault and removes the sockets. SIGHUP has it read <c>config.json</c> again. <see cref="ProcessHardening.Apply"/> comes first.
    /// </summary>
    /// <param name="options">Which vault, and where.</param>
    /// <param name="passphrase">Unseals the vault; with null or none its seal providers do, or it starts sealed. The caller zeroes it, once <paramref name="ready"/> has been called.</param>
    /// <param name="ready">Called when the sockets respond.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>0, the process's exit code.</returns>
    /// <exception cref="OperatorException">It can't be started: no vault there, in use, damaged, wrong passphrase, bad configuration.</exception>
    public static async Task<int> RunAsync(
        DaemonOptions options,
        ReadOnlyMemory<byte>? passphrase,
        Action? ready = null,
        CancellationToken cancellationToken = default)
    {
        if (!ProcessHardening.IsApplied)
        {
            throw new InvalidOperationException($"call {nameof(ProcessHardening)}.{nameof(ProcessHardening.Apply)} first");
        }

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancelled = cancellationToken.Register(() => stop.TrySetResult());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

        // One that waits is enough: it reads what is there then.
        var hangUps = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);

        await using var daemon = await StartAsync(options, passphrase, CancellationToken.None).ConfigureAwait(false);
        ServiceManager.Notify("READY=1");
        ready?.Invoke();
        await daemon.ServeAsync(Task.WhenAny(stop.Task, daemon.StopRequested), hangUps.Reader).ConfigureAwait(false);
        ServiceManager.Notify("STOPPING=1");
        return 0;

        void OnSignal(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }

        void OnHangUp(PosixSignalContext signal)
        {
            signal.Cancel = true;
            hangUps.Writer.TryWrite(true);
        }
    }

    /// <summary>Serves a vault in this process, which stays as it is: for programs that embed a daemon, and for tests.</summary>
    /// <param name="options">Which vault, and where.</param>
    /// <param name="passphrase">Unseals the vault; with null or none its seal providers do, or it starts sealed. The caller zeroes it.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="OperatorException">It can't be started.</exception>
    public static Task<Daemon> StartAsync(
        DaemonOptions options,
        ReadOnlyMemory<byte>? passphrase,
        CancellationToken cancellationToken = default) =>
        StartAsync(options, passphrase, settings => OpenedVault.OpenAsync(settings.Directory, settings.VaultOptions, cancellationToken), cancellationToken);

    internal static async Task<Daemon> StartAsync(
        DaemonOptions options,
        ReadOnlyMemory<byte>? passphrase,
        Func<DaemonSettings, Task<OpenedVault>> open,
        CancellationToken cancellationToken)
    {
        OpenedVault? opened = null;
        WebApplication? app = null, proxy = null;
        TelemetryServing? telemetry = null;
        ListeningPaths? paths = null;
        try
        {
            var settings = DaemonSettings.Resolve(options);

            // First of all the lock. The process that has it is the vault's only daemon, and only it touches the sockets.
            opened = await open(settings).ConfigureAwait(false);
            SocketFile.Claim(settings.Socket);
            SocketFile.Claim(settings.AdminSocket);
            SocketFile.Claim(settings.ProxySocket);
            TelemetryServing.Claim(settings);
            paths = new ListeningPaths(settings);
            app = DaemonHost.Build(opened.Vault, settings, paths);
            app.Services.GetRequiredService<AdminContext>().StoreWarning = opened.Warning;
            proxy = ProxyHost.Build(opened.Vault, settings, paths, app.Services.GetRequiredService<BoundAddresses>(), app.Services);
            telemetry = TelemetryServing.Build(settings, paths, app.Services.GetRequiredService<BoundAddresses>(), app.Services);

            // Empty too: an array that is null becomes empty memory and not null on its way here.
            if (passphrase is { IsEmpty: false } given)
            {
                await app.Services.GetRequiredService<DaemonSealing>().UnsealAsync(given, cancellationToken).ConfigureAwait(false);
            }
            else if (options.UseSealProviders)
            {
                await app.Services.GetRequiredService<DaemonSealing>().UnsealByProvidersAsync(cancellationToken).ConfigureAwait(false);
            }

            await ListenAsync(app, proxy, telemetry, settings, cancellationToken).ConfigureAwait(false);
            return new Daemon(opened, app, proxy, telemetry, paths, options, settings).Started();
        }
        catch (Exception failure)
        {
            await CloseAsync(app, proxy, telemetry, paths, opened).ConfigureAwait(false);
            if (failure is not OperationCanceledException && OperatorErrors.TryTranslate(failure, out var translated))
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>Stops accepting, finishes what is running (for at most ten seconds), seals the vault and removes the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        _log.Stopping();
        using (var grace = new CancellationTokenSource(DaemonHost.Grace))
        {
            // First the proxy: its runs end with the agents' connections.
            await _proxy.StopAsync(grace.Token).ConfigureAwait(false);
            _app.Services.GetRequiredService<AgentHost>().Stop();
            await _app.StopAsync(grace.Token).ConfigureAwait(false);
            if (_telemetry is not null)
            {
                await _telemetry.StopAsync(grace.Token).ConfigureAwait(false);
            }
        }

        await _app.Services.GetRequiredService<DaemonSealing>().SealAsync("the daemon stopped").ConfigureAwait(false);
        _log.Stopped();

        // While the lock is still held: after it, a socket of this name could be the next daemon's.
        SocketFile.Remove(_settings.Socket);
        SocketFile.Remove(_settings.AdminSocket);
        SocketFile.Remove(_settings.ProxySocket);
        TelemetryServing.Remove(_settings);
        await CloseAsync(_app, _proxy, _telemetry, _paths, _opened).ConfigureAwait(false);
    }

    private static async Task ListenAsync(WebApplication app, WebApplication proxy, TelemetryServing? telemetry, DaemonSettings settings, CancellationToken cancellationToken)
    {
        // Sockets are born with the umask's mode; a program that embeds the daemon has its own umask back afterwards.
        var before = NativeMethods.Umask(0x3F); // 077
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            await proxy.StartAsync(cancellationToken).ConfigureAwait(false);
            if (telemetry is not null)
            {
                await telemetry.StartAsync(cancellationToken).ConfigureAwait(false);
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

    // Others have to be able to connect where some of them may; who they are is checked when they do.
    private static void LetConnect(DaemonSettings settings)
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

    // Until the end; what comes meanwhile is done one after another.
    private async Task ServeAsync(Task end, ChannelReader<bool> hangUps)
    {
        while (await Task.WhenAny(end, hangUps.WaitToReadAsync().AsTask()).ConfigureAwait(false) != end)
        {
            _ = hangUps.TryRead(out _);
            _settings = await _app.Services.GetRequiredService<DaemonReload>().ApplyAsync(_options, _settings, LetConnect).ConfigureAwait(false);
        }
    }

    // Kestrel does not say which one it was, and the system only why.
    private static OperatorException CanNotListen(DaemonSettings settings, Exception cause)
    {
        IEnumerable<string?> places = [settings.Socket, settings.AdminSocket, settings.ProxySocket, settings.Tcp?.ToString(), settings.Http?.ToString(), settings.Proxy?.ToString(), settings.Telemetry.Socket, settings.Telemetry.Tcp?.ToString()];
        return new OperatorException(
            OperatorErrors.InvalidConfig,
            $"the daemon can't listen on one of {string.Join(", ", places.OfType<string>())}: {cause.GetBaseException().Message}",
            "choose another path or address: --socket, --tcp, --http, --proxy, --proxy-socket, or 'telemetry.prometheus' in config.json",
            cause);
    }

    private static async Task CloseAsync(WebApplication? app, WebApplication? proxy, TelemetryServing? telemetry, ListeningPaths? paths, OpenedVault? opened)
    {
        if (telemetry is not null)
        {
            await telemetry.DisposeAsync().ConfigureAwait(false);
        }

        if (proxy is not null)
        {
            await proxy.DisposeAsync().ConfigureAwait(false);
        }

        if (app is not null)
        {
            await app.DisposeAsync().ConfigureAwait(false);
        }

        paths?.Dispose();

        if (opened is not null)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Daemon Started()
    {
        _app.Services.GetRequiredService<IdleSeal>();
        _app.Services.GetRequiredService<MemoryReturn>();
        _ = Task.Run(RunAuthority.WarmUp);
        var bound = _app.Services.GetRequiredService<BoundAddresses>();
        _log.Listening(_opened.Vault.Id, _settings.Socket, bound.Tcp?.ToString() ?? "(no TCP)", _settings.AdminSocket, bound.Http?.ToString() ?? "(no HTTP)");
        _log.ListeningProxy(_settings.ProxySocket, bound.Proxy?.ToString() ?? "(no TCP)");
        if (bound.Metrics?.ToString() is { } metrics || (metrics = _settings.Telemetry.Socket) is not null)
        {
            _log.ListeningMetrics(metrics);
        }

        foreach (var warning in Status.Warnings ?? [])
        {
            _log.SetUpWarning(warning);
        }

        if (_settings.Limits.Connections < _settings.Config.Limits.Connections)
        {
            _log.FewerConnections(DescriptorLimit.Current, _settings.Limits.Connections, _settings.Config.Limits.Connections);
        }

        return this;
    }
}
