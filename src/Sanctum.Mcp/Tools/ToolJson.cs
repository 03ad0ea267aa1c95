using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Sanctum.Mcp.Tools;

/// <summary>Writes results.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ListedCredentials))]
[JsonSerializable(typeof(CheckedAccess))]
[JsonSerializable(typeof(VaultState))]
[JsonSerializable(typeof(AskedAccess))]
[JsonSerializable(typeof(AuditEntries))]
[JsonSerializable(typeof(HeldLease))]
[JsonSerializable(typeof(ResolvedScopes))]
[JsonSerializable(typeof(LeaseCall))]
[JsonSerializable(typeof(RetrievedSecret))]
internal sealed partial class ToolJson : JsonSerializerContext
{
    /// <summary>A result as what the protocol's library takes.</summary>
    public static JsonElement Element<T>(T result, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(result, type);
}

internal sealed record ListedCredentials(IReadOnlyList<ListedCredential> Credentials);

internal sealed record ListedCredential(string Path, string? Type, string Description, IReadOnlyList<string> Actions, IReadOnlyList<string> Hosts);

internal sealed record CheckedAccess(bool Allowed, string? Code, string? Reason, string? Suggestion);

internal sealed record VaultState(string Agent, string State, string? Reason);

internal sealed record AskedAccess(string Handle, string Status, string? OperatorCommand, DateTimeOffset? ExpiresAt, GrantedTerms? Granted, string? Reason);

internal sealed record GrantedTerms(string Path, string Operation, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, int? MaxPerHour);

internal sealed record AuditEntries(IReadOnlyList<AuditedCall> Entries, long? NextBefore, bool? Incomplete);

internal sealed record AuditedCall(DateTimeOffset? Time, string Action, string Outcome, string? Resource, string? Operation, string? Reason);

internal sealed record RetrievedSecret(string? Value, string? ValueBase64)
{
    // Records print their members, and logs print records.
    public override string ToString() => nameof(RetrievedSecret);
}
