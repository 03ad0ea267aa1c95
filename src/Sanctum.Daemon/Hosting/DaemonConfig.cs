using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Daemon.Hosting;

/// <summary>
/// <c>config.json</c> in the vault's folder: what the command line does not say. The members' names in snake_case are the
/// file's keys; docs/configuration.md describes each. All times are in seconds.
/// </summary>
internal sealed record DaemonConfig
{
    public ListenersConfig Listeners { get; init; } = new();

    public LimitsConfig Limits { get; init; } = new();

    /// <summary>Seal after so long without a call; 0 means never.</summary>
    public int IdleSeal { get; init; }

    public int SessionLifetime { get; init; } = 3600;

    public int LeaseRenewals { get; init; } = 12;

    public int FailedSignInsPerMinute { get; init; } = 10;

    public int OperatorTokenLifetime { get; init; } = 900;

    public string DocsUrl { get; init; } = "docs";

    public string LogLevel { get; init; } = "information";

    /// <summary>Users besides the daemon's own that may connect to the agents' socket.</summary>
    public IReadOnlyList<uint> AllowedUids { get; init; } = [];

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
    public string? Socket { get; init; }

    public string? Tcp { get; init; }

    public string? Http { get; init; }
}

internal sealed record LimitsConfig
{
    public int Connections { get; init; } = 1024;

    public int UnauthenticatedConnections { get; init; } = 128;

    public int RequestsInFlight { get; init; } = 64;

    /// <summary>The largest request, in bytes, of an agent that has signed in.</summary>
    public int RequestFrame { get; init; } = Protocol.Framing.FrameLimits.Request;

    public int SignInTimeout { get; init; } = 30;

    public int FrameTimeout { get; init; } = 30;

    public int ReplyTimeout { get; init; } = 30;
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(DaemonConfig))]
internal sealed partial class DaemonConfigJson : JsonSerializerContext;
