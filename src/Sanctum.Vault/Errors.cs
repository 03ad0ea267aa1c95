using System.Globalization;
using Sanctum.Agents;
using Sanctum.Credentials;

namespace Sanctum;

/// <summary>Every refusal of the vault, named by reason. Says what went wrong, with what, and what to do.</summary>
internal static partial class Errors
{
    public static VaultException InvalidPath() => InvalidParams(
        "path",
        $"a path is 1 to {CredentialPath.MaxLength} characters: segments of letters, digits, '.', '_' and '-', joined by single slashes");

    public static VaultException InvalidAgentName() => InvalidParams(
        "agent",
        $"an agent's name is 1 to {AgentName.MaxLength} letters, digits, '_' and '-'");

    public static VaultException InvalidParams(string member, string message, Exception? inner = null) => new(
        VaultErrorCode.InvalidParams,
        message,
        suggestion: $"correct '{member}' and send the call again",
        context: new Dictionary<string, object> { ["member"] = member },
        inner: inner);

    // "1 second", "0.3 seconds", "2 seconds".
    private static string Seconds(TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} {(span == TimeSpan.FromSeconds(1) ? "second" : "seconds")}");
}
