using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Proxy.Authorities;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Hosting;

/// <summary>A vault being served to agents and operators.</summary>
public sealed class Daemon : IAsyncDisposable
{
    private const string Reason = "the daemon stopped";

    // For what is told to end to say so.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1);

    // What the service manager waits for beyond what runs: sealing, and closing the store.
    private static readonly TimeSpan Closing = TimeSpan.FromSeconds(15);

    private readonly OpenedVault _opened;
    private readonly DaemonServers _servers;
    private readonly Nodes _nodes;
    private readonly DaemonOptions _options;
    private readonly ILogger _log;
    private readonly DrainState _drain;
    private DaemonSettings _settings;
    private int _stopped;

    private Daemon(OpenedVault opened, DaemonServers servers, Nodes nodes, DaemonOptions options, DaemonSettings settings)
    {
        (_opened, _servers, _nodes, _options, _settings) = (opened, servers, nodes, options, settings);
        _log = servers.Services.GetRequiredService<ILogger<Daemon>>();
        _drain = servers.Services.GetRequiredService<DrainState>();
    }

    /// <summary>Completes when an operator has asked the daemon to stop; whoever started it then stops it.</summary>
    public Task StopRequested => Services.GetRequiredService<AdminContext>().StopRequested.Task;

    /// <summary>How it is.</summary>
    public DaemonStatus Status => Services.GetRequiredService<AdminContext>().Status();

    internal IServiceProvider Services => _servers.Services;

    /// <summary>
    /// Serves a vault until SIGTERM, SIGINT, an operator's stop or the token: then finishes what is running, for at most <c>drain_seconds</c>, seals the
    /// vault and removes the sockets. A second signal waits for nothing. SIGHUP has it read <c>config.json</c> again. <see cref="ProcessHardening.Apply"/> comes first.
    /// </summary>
    /// <param name="options">Which vault, and where.</param>
    /// <param name="passphrase">Unseals the vault; with null or none its seal providers do, or it starts sealed. The caller zeroes it, once <paramref name="ready"/> has been called.</param>
    /// <param name="ready">Called when the sockets respond.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>0, the process's exit code.</returns>
    /// <exception cref="OperatorException">It can't be started: no vault there, in use, damaged, wrong passphrase, bad configuration.</exception>
    /// <exception cref="InvalidOperationException"><see cref="ProcessHardening.Apply"/> was not called.</exception>
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

        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var cancelling = cancellationToken.Register(() => cancelled.TrySetResult());
        using var signals = new DaemonSignals();
        await using var daemon = await StartAsync(options, passphrase, CancellationToken.None).ConfigureAwait(false);
        ServiceManager.Notify("READY=1");
        ready?.Invoke();
        await daemon.ServeAsync(Task.WhenAny(signals.StopRequested, cancelled.Task, daemon.StopRequested), signals.HangUps).ConfigureAwait(false);

        // However long the unit's TimeoutStopSec is (sd_notify(3)).
        var longest = TimeSpan.FromSeconds(daemon._settings.Config.DrainSeconds) + Closing;
        ServiceManager.Notify(string.Create(CultureInfo.InvariantCulture, $"STOPPING=1\nEXTEND_TIMEOUT_USEC={longest.TotalMicroseconds:0}"));
        await using (signals.Hurry.UnsafeRegister(static it => ((Daemon)it!).EndNow(), daemon).ConfigureAwait(false))
        {
            await daemon.DisposeAsync().ConfigureAwait(false);
        }

        return 0;
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
        DaemonServers? servers = null;
        Nodes? nodes = null;
        try
        {
            var settings = DaemonSettings.Resolve(options);

            // First of all the lock. The process that has it is the vault's only daemon, and only it touches the sockets.
            opened = await open(settings).ConfigureAwait(false);
            servers = await DaemonServers.BuildAsync(opened.Vault, settings).ConfigureAwait(false);
            var admin = servers.Services.GetRequiredService<AdminContext>();
            var store = opened;
            admin.StoreWarning = () => store.Warning;

            // Empty too: an array that is null becomes empty memory and not null on its way here.
            var sealing = servers.Services.GetRequiredService<DaemonSealing>();
            if (passphrase is { IsEmpty: false } given)
            {
                await sealing.UnsealAsync(given, cancellationToken).ConfigureAwait(false);
            }
            else if (options.UseSealProviders)
            {
                await sealing.UnsealByProvidersAsync(cancellationToken).ConfigureAwait(false);
            }

            nodes = new Nodes(opened.Shared, opened.Vault, settings, admin.Status, servers.Services.GetRequiredService<ILogger<Nodes>>());
            admin.Nodes = nodes;
            await servers.ListenAsync(settings, cancellationToken).ConfigureAwait(false);
            return new Daemon(opened, servers, nodes, options, settings).Started();
        }
        catch (Exception failure)
        {
            await CloseAsync(nodes, servers, opened).ConfigureAwait(false);
            if (failure is not OperationCanceledException && OperatorErrors.TryTranslate(failure, out var translated))
            {
                throw translated;
            }

            throw;
        }
    }

    /// <summary>
    /// Stops accepting and begins nothing new, lets what runs go on for at most <c>drain_seconds</c>, seals the vault and removes the sockets.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0)
        {
            return;
        }

        _log.Stopping(_settings.Config.DrainSeconds);
        var sealing = Services.GetRequiredService<DaemonSealing>();
        sealing.StopTrying();
        using var last = new CancellationTokenSource();
        await using var end = _drain.Over.UnsafeRegister(static it => ((CancellationTokenSource)it!).CancelAfter(LastWord), last).ConfigureAwait(false);

        // 1. Nobody gets in any more, nothing new begins, and what runs goes on.
        _drain.Begin(TimeSpan.FromSeconds(_settings.Config.DrainSeconds));
        var proxied = _servers.Proxy.StopAsync(_drain.Over);
        var agents = Services.GetRequiredService<AgentHost>();
        await agents.DrainAsync(proxied).ConfigureAwait(false);
        await proxied.ConfigureAwait(false);

        // 2. The rest is ended: sealing tells it so.
        if (agents.Connections > 0)
        {
            _log.DrainOver(agents.Connections);
            await sealing.SealAsync(Reason).ConfigureAwait(false);
        }

        // 3. Operators, and whoever looks after the daemon.
        agents.Stop();
        await _servers.App.StopAsync(last.Token).ConfigureAwait(false);
        await sealing.SealAsync(Reason).ConfigureAwait(false);
        if (_servers.Telemetry is { } telemetry)
        {
            await telemetry.StopAsync(last.Token).ConfigureAwait(false);
        }

        _log.Stopped();
        DaemonServers.RemoveSockets(_settings);
        await CloseAsync(_nodes, _servers, _opened).ConfigureAwait(false);
    }

    // What runs gets no more time.
    private void EndNow() => _drain.EndNow();

    // Until the end; what comes meanwhile is done one after another.
    private async Task ServeAsync(Task end, ChannelReader<bool> hangUps)
    {
        while (await Task.WhenAny(end, hangUps.WaitToReadAsync().AsTask()).ConfigureAwait(false) != end)
        {
            _ = hangUps.TryRead(out _);
            _settings = await Services.GetRequiredService<DaemonReload>().ApplyAsync(_options, _settings, DaemonServers.LetConnect).ConfigureAwait(false);
        }
    }

    private static async Task CloseAsync(Nodes? nodes, DaemonServers? servers, OpenedVault? opened)
    {
        if (nodes is not null)
        {
            await nodes.DisposeAsync().ConfigureAwait(false);
        }

        if (servers is not null)
        {
            await servers.DisposeAsync().ConfigureAwait(false);
        }

        if (opened is not null)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Daemon Started()
    {
        Services.GetRequiredService<IdleSeal>();
        Services.GetRequiredService<MemoryReturn>();
        _ = Task.Run(RunAuthority.WarmUp);
        var bound = Services.GetRequiredService<BoundAddresses>();
        _log.Listening(_opened.Vault.Id, _settings.Socket, bound.Tcp?.ToString() ?? "(no TCP)", _settings.AdminSocket, bound.Http?.ToString() ?? "(no HTTP)");
        _log.ListeningProxy(_settings.ProxySocket, bound.Proxy?.ToString() ?? "(no TCP)");
        if (bound.Metrics?.ToString() is { } metrics || (metrics = _settings.Telemetry.Socket) is not null)
        {
            _log.ListeningMetrics(metrics);
        }

        if (bound.Health is { } health)
        {
            _log.ListeningHealth(health.ToString());
        }

        foreach (var warning in Status.Warnings ?? [])
        {
            _log.SetUpWarning(warning);
        }

        if (_settings.Limits.Connections < _settings.Config.Limits.Connections)
        {
            _log.FewerConnections(DescriptorLimit.Current, _settings.Limits.Connections, _settings.Config.Limits.Connections);
        }

        var (limits, egress) = (_settings.Limits, _settings.Egress);
        if (limits.RequestMemory < _settings.Config.Limits.RequestMemory || egress.ResponseMemory < EgressConfig.DefaultResponseMemory || egress.RequestMemory < EgressConfig.DefaultRequestMemory)
        {
            _log.Memory(MemoryLimit.Current / (1024 * 1024), limits.RequestMemory, egress.ResponseMemory ?? 0, egress.RequestMemory ?? 0);
        }

        return this;
    }
}
