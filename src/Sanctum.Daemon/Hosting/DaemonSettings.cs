using System.Net;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Tls;
using Sanctum.Daemon.Telemetry;

namespace Sanctum.Daemon.Hosting;

/// <summary>Command line over <c>config.json</c> over defaults: what a daemon really runs with.</summary>
internal sealed record DaemonSettings
{
    public required string Directory { get; init; }

    public required string Socket { get; init; }

    public required string AdminSocket { get; init; }

    public required string ProxySocket { get; init; }

    public required IPEndPoint? Tcp { get; init; }

    public required IPEndPoint? Http { get; init; }

    public required IPEndPoint? Proxy { get; init; }

    /// <summary>The files for TLS; null for none.</summary>
    public required TlsFiles? Tls { get; init; }

    public required TelemetrySettings Telemetry { get; init; }

    public required LogLevel LogLevel { get; init; }

    public required DaemonConfig Config { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>As configured, or what the process's own limits leave of it.</summary>
    public required LimitsConfig Limits { get; init; }

    /// <summary>The memory of requests that go out: as configured, or the part of the process's own that they get by default.</summary>
    public EgressConfig Egress => MemoryLimit.Fit(Config.Egress, MemoryLimit.Current);

    public VaultOptions VaultOptions => (Config with { Egress = Egress }).ToVaultOptions(Time, Directory);

    public static DaemonSettings Resolve(DaemonOptions options)
    {
        var directory = Path.GetFullPath(options.VaultDirectory);
        var config = DaemonConfigFile.Read(directory);
        var tcp = options.Tcp ?? config.Listeners.Tcp;
        var http = options.Http ?? config.Listeners.Http;
        var proxy = options.Proxy ?? config.Listeners.Proxy;
        var tls = TlsFiles.Of(options, config.Tls, directory);
        return new DaemonSettings
        {
            Directory = directory,
            Socket = PathSetting.Resolve("listeners.socket", options.Socket ?? config.Listeners.Socket ?? DaemonOptions.SocketOf(directory), directory),
            AdminSocket = DaemonOptions.AdminSocketOf(directory),
            ProxySocket = PathSetting.Resolve("listeners.proxy_socket", options.ProxySocket ?? config.Listeners.ProxySocket ?? DaemonOptions.ProxySocketOf(directory), directory),
            Tcp = tcp is null ? null : Loopback.Parse(tcp, "the agents' TCP listener", tls is not null),
            Http = http is null ? null : Loopback.Parse(http, "the operators' HTTP listener", tls is not null),
            Proxy = proxy is null ? null : Loopback.Parse(proxy, "the proxy's TCP listener"),
            Tls = tls,
            Telemetry = TelemetrySettings.Of(config.Telemetry, directory),
            LogLevel = ParseLevel(options.LogLevel ?? config.LogLevel),
            Config = config,
            Limits = MemoryLimit.Fit(DescriptorLimit.Fit(config.Limits, DescriptorLimit.Current), MemoryLimit.Current),
            Time = options.TimeProvider,
        };
    }

    /// <summary>The same daemon with another configuration. Memory that was given out stays as it is.</summary>
    public DaemonSettings With(DaemonConfig config, LogLevel level)
    {
        var limits = DescriptorLimit.Fit(config.Limits, DescriptorLimit.Current);
        return this with { Config = config, LogLevel = level, Limits = limits with { RequestMemory = Limits.RequestMemory, RequestFrame = Limits.RequestFrame } };
    }

    private static LogLevel ParseLevel(string text) => text switch
    {
        "debug" => LogLevel.Debug,
        "information" => LogLevel.Information,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => throw new OperatorException(
            OperatorErrors.InvalidConfig,
            $"'{text}' is not a log level",
            "use debug, information, warning or error for 'log_level'"),
    };
}
