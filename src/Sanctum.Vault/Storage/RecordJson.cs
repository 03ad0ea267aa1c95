using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;

namespace Sanctum.Storage;

/// <summary>What lies inside the encrypted records, as JSON.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CredentialRecord))]
[JsonSerializable(typeof(AgentRecord))]
[JsonSerializable(typeof(Policy))]
[JsonSerializable(typeof(LeaseRecord))]
[JsonSerializable(typeof(ProposalRecord))]
internal sealed partial class RecordJson : JsonSerializerContext
{
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    public static T Read<T>(ReadOnlySpan<byte> utf8, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, type) ?? throw Errors.Damaged("a record is empty");
        }
        catch (JsonException)
        {
            throw Errors.Damaged("a record can't be read");
        }
    }
}
