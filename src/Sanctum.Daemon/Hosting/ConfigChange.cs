using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sanctum.Daemon.Hosting;

/// <summary>How two configurations differ, by the file's keys.</summary>
/// <param name="Config">The new one, with the running one's values for the keys that wait.</param>
/// <param name="Now">The keys that change at once.</param>
/// <param name="Later">The keys that change when the daemon starts again.</param>
internal sealed record ConfigChange(DaemonConfig Config, IReadOnlyList<string> Now, IReadOnlyList<string> Later)
{
    /// <summary>What is fixed while the daemon runs: where it listens, and memory and places that have been given out.</summary>
    internal static readonly IReadOnlyList<string> Waiting =
    [
        "listeners.socket", "listeners.tcp", "listeners.http", "listeners.proxy", "listeners.proxy_socket",
        "tls.cert_file", "tls.key_file", "tls.client_ca_file",
        "limits.unauthenticated_connections", "limits.operator_connections", "limits.proxy_connections", "limits.request_frame", "limits.request_memory", "limits.heavy_operations",
        "egress.response_memory", "egress.request_memory",
        "operator_token_lifetime", "proxy.lease_url_is_enough", "telemetry.prometheus", "telemetry.health", "telemetry.otlp",
        "node_name", "store.postgres", "store.password_file",
    ];

    public static ConfigChange Between(DaemonConfig running, DaemonConfig read)
    {
        var (before, after) = (Tree(running), Tree(read));
        List<string> now = [], later = [];
        foreach (var (parent, key, name) in Leaves(before, ""))
        {
            var other = name.Contains('.', StringComparison.Ordinal) ? after[name.Split('.')[0]]!.AsObject() : after;
            if (JsonNode.DeepEquals(parent[key], other[key]))
            {
                continue;
            }

            if (Waiting.Contains(name))
            {
                later.Add(name);
                other[key] = parent[key]?.DeepClone();
            }
            else
            {
                now.Add(name);
            }
        }

        return new ConfigChange(after.Deserialize(DaemonConfigJson.Default.DaemonConfig)!, now, later);
    }

    /// <summary>Every key there is, such as <c>idle_seal</c> and <c>limits.connections</c>.</summary>
    internal static IEnumerable<string> Keys() => Leaves(Tree(new DaemonConfig()), "").Select(leaf => leaf.Name);

    private static JsonObject Tree(DaemonConfig config) => JsonSerializer.SerializeToNode(config, DaemonConfigJson.Default.DaemonConfig)!.AsObject();

    private static IEnumerable<(JsonObject Parent, string Key, string Name)> Leaves(JsonObject parent, string above) =>
        parent.SelectMany(member => member.Value is JsonObject child ? Leaves(child, $"{member.Key}.") : [(parent, member.Key, above + member.Key)]);
}
