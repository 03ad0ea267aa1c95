using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Egress;
using Sanctum.SealProviders;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// <c>config.json</c> in the vault's folder: what the command line does not say. The members' names in snake_case are the
/// file's keys; docs/configuration.md describes each. All times are in seconds.
/// </summary>
/// <remarks>The members are set and not init: generated readers give an init member that is not in the file the type's zero
/// instead of the default that stands here.</remarks>
internal sealed record DaemonConfig
{
    public ListenersConfig Listeners { get; set; } = new();

    public TlsConfig Tls { get; set; } = new();

    public LimitsConfig Limits { get; set; } = new();

    public StoreConfig Store { get; set; } = new();

    /// <summary>Seal after so long without a call; 0 means never.</summary>
    public int IdleSeal { get; set; }

    /// <summary>What this daemon is called among those that serve the vault; null for the host's name and something short.</summary>
    public string? NodeName { get; set; }

    /// <summary>How long what runs may go on when the daemon stops; 0 means not at all.</summary>
    public int DrainSeconds { get; set; } = 10;

    /// <summary>How long one seal provider may take to open the vault.</summary>
    public int SealProviderTimeout { get; set; } = 10;

    public int SessionLifetime { get; set; } = 3600;

    public int LeaseRenewals { get; set; } = 12;

    public int FailedSignInsPerMinute { get; set; } = 10;

    /// <summary>Of one agent, of refusals, lists and sessions each; more are counted.</summary>
    public int RecordedPerMinute { get; set; } = 1200;

    public int LeasesPerAgent { get; set; } = 1000;

    /// <summary>How long a call that needs a human waits for the decision before it is told so.</summary>
    public int ApprovalWait { get; set; } = 5;

    public EgressConfig Egress { get; set; } = new();

    public ProxyConfig Proxy { get; set; } = new();

    public TelemetryConfig Telemetry { get; set; } = new();

    public int OperatorTokenLifetime { get; set; } = 900;

    public string DocsUrl { get; set; } = "docs";

    public string LogLevel { get; set; } = "information";

    /// <summary>Users besides the daemon's own that may connect to the sockets of agents and of their programs.</summary>
    public IReadOnlyList<uint> AllowedUids { get; set; } = [];

    /// <param name="time">The clock.</param>
    /// <param name="directory">What relative paths are relative to.</param>
    public VaultOptions ToVaultOptions(TimeProvider time, string directory) => new()
    {
        TimeProvider = time,
        ApprovalWait = TimeSpan.FromSeconds(ApprovalWait),
        Egress = Egress.ToOptions(directory),
        MetricLabels = Sanctum.Daemon.Telemetry.TelemetrySettings.Labels(Telemetry.Labels),
        SessionLifetime = TimeSpan.FromSeconds(SessionLifetime),
        SealProviders = SealProviderCatalog.For(directory, time),
        SealProviderTimeout = TimeSpan.FromSeconds(SealProviderTimeout),
        MaxLeaseRenewals = LeaseRenewals,
        MaxFailedSignInsPerMinute = FailedSignInsPerMinute,
        MaxRecordedPerMinute = RecordedPerMinute,
        MaxLeasesPerAgent = LeasesPerAgent,
        MaxHeavyOperations = Limits.HeavyOperations > 0 ? Limits.HeavyOperations : Math.Max(1, Environment.ProcessorCount - 1),
    };
}

internal sealed record ListenersConfig
{
    public string? Socket { get; set; }

    public string? Tcp { get; set; }

    public string? Http { get; set; }

    public string? Proxy { get; set; }

    public string? ProxySocket { get; set; }
}

/// <summary>TLS on the ports of agents and operators.</summary>
internal sealed record TlsConfig
{
    /// <summary>A PEM file with the daemon's certificate and its chain.</summary>
    public string? CertFile { get; set; }

    /// <summary>A PEM file with the certificate's key.</summary>
    public string? KeyFile { get; set; }

    /// <summary>A PEM file with the authorities of clients' certificates, which are then required.</summary>
    public string? ClientCaFile { get; set; }
}

/// <summary>About requests that the vault sends.</summary>
internal sealed record EgressConfig
{
    /// <summary>In MiB, where the process may use enough memory.</summary>
    public const int DefaultResponseMemory = 128, DefaultRequestMemory = 64;

    /// <summary>In MiB: with less, a response that is decoded, or a body that has to be known whole, can't be had at all.</summary>
    public const int LeastResponseMemory = 8, LeastRequestMemory = 32;

    /// <summary>A PEM file with certificate authorities that are trusted besides the system's.</summary>
    public string? TrustedCaFile { get; set; }

    public int ConnectTimeout { get; set; } = 10;

    /// <summary>Of one agent.</summary>
    public int IdleConnections { get; set; } = 32;

    public int IdleTimeout { get; set; } = 90;

    public int PingDelay { get; set; } = 15;

    public int PingTimeout { get; set; } = 10;

    public int Timeout { get; set; } = 300;

    public int MaxTimeout { get; set; } = 300;

    public int StillTimeout { get; set; } = 600;

    /// <summary>Of one agent, at once.</summary>
    public int ConcurrentRequests { get; set; } = 32;

    /// <summary>Of one agent, at once, passed on unread.</summary>
    public int Tunnels { get; set; } = 128;

    /// <summary>Of one agent; 0 means any number.</summary>
    public int RequestsPerMinute { get; set; } = 1200;

    /// <summary>How much memory responses may take that are being received, in MiB; null for the default, or what fits.</summary>
    public int? ResponseMemory { get; set; }

    /// <summary>How much memory the bodies of requests may take that are being sent, in MiB; null for the default, or what fits.</summary>
    public int? RequestMemory { get; set; }

    /// <summary>Requests that hold the secret themselves, of one agent with one credential.</summary>
    public int GuessesPerHour { get; set; } = 3;

    public EgressOptions ToOptions(string directory) => new()
    {
        TrustedAuthorities = TrustedCaFile is null ? [] : CaFile.Read(PathSetting.Resolve("egress.trusted_ca_file", TrustedCaFile, directory), "egress.trusted_ca_file"),
        ConnectTimeout = TimeSpan.FromSeconds(ConnectTimeout),
        MaxIdleConnectionsPerAgent = IdleConnections,
        IdleTimeout = TimeSpan.FromSeconds(IdleTimeout),
        PingDelay = TimeSpan.FromSeconds(PingDelay),
        PingTimeout = TimeSpan.FromSeconds(PingTimeout),
        Timeout = TimeSpan.FromSeconds(Timeout),
        MaxTimeout = TimeSpan.FromSeconds(MaxTimeout),
        StillTimeout = TimeSpan.FromSeconds(StillTimeout),
        MaxConcurrentPerAgent = ConcurrentRequests,
        MaxTunnelsPerAgent = Tunnels,
        MaxPerMinutePerAgent = RequestsPerMinute,
        MaxResponseMemory = (ResponseMemory ?? DefaultResponseMemory) * 1024L * 1024,
        MaxRequestMemory = (RequestMemory ?? DefaultRequestMemory) * 1024L * 1024,
        MaxGuessesPerHour = GuessesPerHour,
    };
}

/// <summary>About requests that come through the proxy.</summary>
internal sealed record ProxyConfig
{
    /// <summary>Whether a lease's base URL lets in whoever has it, without a session token, while its holder is connected.</summary>
    public bool LeaseUrlIsEnough { get; set; }
}

/// <summary>Who gets measurements and spans. Nobody, unless it says so.</summary>
internal sealed record TelemetryConfig
{
    /// <summary>Where Prometheus can read metrics: a loopback <c>host:port</c>, or the path of a Unix socket.</summary>
    public string? Prometheus { get; set; }

    /// <summary>Where load balancers read whether the daemon lives and is ready: an address and a port.</summary>
    public string? Health { get; set; }

    /// <summary>A collector that gets metrics and spans by OTLP over HTTP.</summary>
    public string? Otlp { get; set; }

    /// <summary>What metrics may name: <c>agent</c>, <c>credential</c>.</summary>
    public IReadOnlyList<string> Labels { get; set; } = [];
}

internal sealed record LimitsConfig
{
    /// <summary>Of agents that have signed in.</summary>
    public int Connections { get; set; } = 1024;

    /// <summary>That have not signed in, in addition to those that have; where there is a TCP listener, it has half of them.</summary>
    public int UnauthenticatedConnections { get; set; } = 128;

    /// <summary>Of operators, on the admin socket and over HTTP each.</summary>
    public int OperatorConnections { get; set; } = 64;

    /// <summary>Of agents' programs, to the proxy. Those that have not sent a token have <see cref="UnauthenticatedConnections"/> of their own there.</summary>
    public int ProxyConnections { get; set; } = 512;

    public int RequestsInFlight { get; set; } = 64;

    /// <summary>The largest request, in bytes, of an agent that has signed in.</summary>
    public int RequestFrame { get; set; } = Protocol.Framing.FrameLimits.DefaultRequest;

    /// <summary>What all calls together may hold, in MiB: requests, what is made of them, and replies.</summary>
    public int RequestMemory { get; set; } = 64;

    /// <summary>Operations that take a processor for long, at a time; 0 means one fewer than there are processors.</summary>
    public int HeavyOperations { get; set; }

    /// <summary>How many JSON tokens a request may have: names, values, brackets and braces.</summary>
    public int RequestTokens { get; set; } = Protocol.Framing.FrameLimits.Tokens;

    public int SignInTimeout { get; set; } = 30;

    public int FrameTimeout { get; set; } = 30;

    public int ReplyTimeout { get; set; } = 30;
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(DaemonConfig))]
internal sealed partial class DaemonConfigJson : JsonSerializerContext;
