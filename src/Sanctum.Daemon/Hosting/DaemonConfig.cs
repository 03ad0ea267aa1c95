using System.Text.Json;
using System.Text.Json.Serialization;

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

    public LimitsConfig Limits { get; set; } = new();

    /// <summary>Seal after so long without a call; 0 means never.</summary>
    public int IdleSeal { get; set; }

    public int SessionLifetime { get; set; } = 3600;

    public int LeaseRenewals { get; set; } = 12;

    public int FailedSignInsPerMinute { get; set; } = 10;

    public int OperatorTokenLifetime { get; set; } = 900;

    public string DocsUrl { get; set; } = "docs";

    public string LogLevel { get; set; } = "information";

    /// <summary>Users besides the daemon's own that may connect to the agents' socket.</summary>
    public IReadOnlyList<uint> AllowedUids { get; set; } = [];

    public VaultOptions ToVaultOptions(TimeProvider time) => new()
    {
        TimeProvider = time,
        SessionLifetime = TimeSpan.FromSeconds(SessionLifetime),
        MaxLeaseRenewals = LeaseRenewals,
        MaxFailedSignInsPerMinute = FailedSignInsPerMinute,
    };
}

internal sealed record ListenersConfig
{
    public string? Socket { get; set; }

    public string? Tcp { get; set; }

    public string? Http { get; set; }
}

internal sealed record LimitsConfig
{
    public int Connections { get; set; } = 1024;

    public int UnauthenticatedConnections { get; set; } = 128;

    public int RequestsInFlight { get; set; } = 64;

    /// <summary>The largest request, in bytes, of an agent that has signed in.</summary>
    public int RequestFrame { get; set; } = Protocol.Framing.FrameLimits.Request;

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
