using System.Text.Json;
using Sanctum.Daemon.Admin;
using Sanctum.Storage.Sqlite.Files;

namespace Sanctum.Daemon.Hosting;

/// <summary>Reads <c>config.json</c>, and refuses it whole when a key is unknown, repeated, of the wrong type or out of range.</summary>
internal static class DaemonConfigFile
{
    public const string Name = "config.json";

    private const int Longest = 1024 * 1024;

    /// <summary>The configuration of a vault's folder; the defaults when it has no file.</summary>
    public static DaemonConfig Read(string directory)
    {
        try
        {
            // Whoever can write this file chooses the listeners and the limits.
            return FoundFile.TryRead(Path.Join(directory, Name), Name, FileTrust.VaultsOwn, Longest) is { } json ? Parse(json) : new DaemonConfig();
        }
        catch (UntrustedFileException untrusted)
        {
            throw new OperatorException(OperatorErrors.InvalidConfig, untrusted.Message, untrusted.Remedy, untrusted);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException(OperatorErrors.InvalidConfig, $"{Name} can't be read", "check that this user can read it", unreadable);
        }
    }

    public static DaemonConfig Parse(ReadOnlySpan<byte> json)
    {
        if (json is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..])
        {
            throw Refused($"{Name} is UTF-16 text", "save it as UTF-8");
        }

        try
        {
            // A byte order mark is no part of JSON, and yet what some editors begin a file with.
            var text = json.StartsWith("\uFEFF"u8) ? json["\uFEFF"u8.Length..] : json;
            var config = JsonSerializer.Deserialize(text, DaemonConfigJson.Default.DaemonConfig)
                ?? throw Refused($"{Name} must be an object");
            Check(config);
            return config;
        }
        catch (JsonException malformed)
        {
            throw Refused(Describe(malformed));
        }
    }

    private static void Check(DaemonConfig config)
    {
        InRange("idle_seal", config.IdleSeal, 0, 30 * 86_400);
        InRange("drain_seconds", config.DrainSeconds, 0, 3600);
        InRange("seal_provider_timeout", config.SealProviderTimeout, 1, 60);
        InRange("session_lifetime", config.SessionLifetime, 1, 30 * 86_400);
        InRange("lease_renewals", config.LeaseRenewals, 0, 100_000);
        InRange("failed_sign_ins_per_minute", config.FailedSignInsPerMinute, 1, 100_000);
        InRange("recorded_per_minute", config.RecordedPerMinute, 1, 1_000_000);
        InRange("leases_per_agent", config.LeasesPerAgent, 1, 10_000);
        InRange("operator_token_lifetime", config.OperatorTokenLifetime, 60, 86_400);
        InRange("approval_wait", config.ApprovalWait, 0, 300);
        InRange("egress.connect_timeout", config.Egress.ConnectTimeout, 1, 300);
        InRange("egress.idle_connections", config.Egress.IdleConnections, 0, 1000);
        InRange("egress.idle_timeout", config.Egress.IdleTimeout, 1, 3600);
        InRange("egress.ping_delay", config.Egress.PingDelay, 1, 3600);
        InRange("egress.ping_timeout", config.Egress.PingTimeout, 1, 300);
        InRange("egress.timeout", config.Egress.Timeout, 1, 3600);
        InRange("egress.max_timeout", config.Egress.MaxTimeout, 1, 3600);
        InRange("egress.still_timeout", config.Egress.StillTimeout, 1, 86_400);
        InRange("egress.tunnels", config.Egress.Tunnels, 1, 10_000);
        InRange("egress.concurrent_requests", config.Egress.ConcurrentRequests, 1, 10_000);
        InRange("egress.requests_per_minute", config.Egress.RequestsPerMinute, 0, 10_000_000);
        InRange("egress.response_memory", config.Egress.ResponseMemory ?? EgressConfig.DefaultResponseMemory, EgressConfig.LeastResponseMemory, 64 * 1024);
        InRange("egress.request_memory", config.Egress.RequestMemory ?? EgressConfig.DefaultRequestMemory, EgressConfig.LeastRequestMemory, 64 * 1024);
        InRange("egress.guesses_per_hour", config.Egress.GuessesPerHour, 1, 100_000);
        InRange("limits.connections", config.Limits.Connections, 1, 100_000);
        InRange("limits.unauthenticated_connections", config.Limits.UnauthenticatedConnections, 1, 100_000);
        InRange("limits.operator_connections", config.Limits.OperatorConnections, 2, 100_000);
        InRange("limits.proxy_connections", config.Limits.ProxyConnections, 2, 100_000);
        InRange("limits.requests_in_flight", config.Limits.RequestsInFlight, 1, 1024);
        InRange("limits.request_frame", config.Limits.RequestFrame, 4096, Protocol.Framing.FrameLimits.Request);
        InRange("limits.request_memory", config.Limits.RequestMemory, 8, 64 * 1024);
        InRange("limits.heavy_operations", config.Limits.HeavyOperations, 0, 256);
        InRange("limits.request_tokens", config.Limits.RequestTokens, 256, 1_000_000);
        InRange("limits.sign_in_timeout", config.Limits.SignInTimeout, 1, 3600);
        InRange("limits.frame_timeout", config.Limits.FrameTimeout, 1, 3600);
        InRange("limits.reply_timeout", config.Limits.ReplyTimeout, 1, 3600);
        CheckRequestFits(config.Limits);
        if (config.NodeName is { } name && (name.Length is 0 or > 64 || name.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")))
        {
            throw Refused($"'node_name' in {Name} must be 1 to 64 letters, digits, '.', '_' and '-'");
        }

        VaultStores.Check(config.Store, static message => Refused(message));
    }

    // An agent that holds nothing yet can have half of what is left; a request that needs more would wait for ever.
    private static void CheckRequestFits(LimitsConfig limits)
    {
        var needed = 2 * Rpc.MemoryShare.CostOf(limits.RequestFrame);
        if (needed > limits.RequestMemory * 1024L * 1024)
        {
            throw Refused(
                $"'limits.request_memory' in {Name} is too small for 'limits.request_frame'",
                $"set 'request_memory' to {(needed + (1024 * 1024) - 1) / (1024 * 1024)} or more: eight times 'request_frame', in MiB");
        }
    }

    private static void InRange(string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw Refused($"'{key}' in {Name} must be between {least} and {most}");
        }
    }

    // The reader names a wrong value's place in Path, and an unknown or repeated key only in its message, in quotes, with the
    // object that it is in as the Path.
    private static string Describe(JsonException malformed)
    {
        var place = malformed.Path is { Length: > 2 } path ? path[2..] : "";
        var quoted = malformed.Message.Split('\'', '"');
        var key = quoted.Length >= 3 && !malformed.Message.Contains("could not be converted", StringComparison.Ordinal) ? quoted[1] : "";
        if (key.Length > 0 && !key.AsSpan().ContainsAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") )
        {
            var full = place.EndsWith(key, StringComparison.Ordinal) || place.Length == 0 ? (place.Length == 0 ? key : place) : $"{place}.{key}";
            return $"'{full}' in {Name} is an unknown or repeated key";
        }

        return place.Length > 0
            ? $"'{place}' in {Name} has the wrong type"
            : $"{Name} is not JSON (line {malformed.LineNumber.GetValueOrDefault() + 1})";
    }

    private static OperatorException Refused(string message, string? suggestion = null) =>
        new(OperatorErrors.InvalidConfig, message, suggestion ?? "'sanctum docs configuration' lists the keys and their values");
}
