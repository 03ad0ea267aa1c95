using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Messages;

/// <summary>
/// Reads dialect A's replies, as a client has to: a daemon of another make or a later version may send members that this one
/// does not know. Duplicates and wrong types are still refused.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(AuthenticateResult))]
[JsonSerializable(typeof(ChallengeResponseResult))]
[JsonSerializable(typeof(ListResult))]
[JsonSerializable(typeof(RetrieveResult))]
[JsonSerializable(typeof(RenewLeaseResult))]
[JsonSerializable(typeof(LeaseStatusResult))]
[JsonSerializable(typeof(EmptyResult))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class ReplyJson : JsonSerializerContext;
