using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.Cli.Hosts;

/// <summary>The credential that a credential helper gives for a host.</summary>
/// <param name="Path">The credential's path.</param>
/// <param name="User">The user name that goes with it; where there is none, any will do for the host.</param>
internal sealed record HostCredential(string Path, string? User = null)
{
    /// <summary>What hosts take that look at the token alone.</summary>
    public const string AnyUser = "x-access-token";
}

/// <summary><c>hosts.json</c>.</summary>
/// <param name="Hosts">By host, with a port where it is not 443.</param>
/// <param name="Agent">The agent that asks, where nothing else names one.</param>
internal sealed record HostsFile(IReadOnlyDictionary<string, HostCredential> Hosts, string? Agent = null);

/// <summary>Docker's form of a credential; the names are Docker's.</summary>
internal sealed record DockerCredential(
    [property: JsonPropertyName("ServerURL")] string ServerUrl,
    [property: JsonPropertyName("Username")] string Username,
    [property: JsonPropertyName("Secret")] string Secret);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(HostsFile))]
[JsonSerializable(typeof(DockerCredential))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class HostsJson : JsonSerializerContext;
