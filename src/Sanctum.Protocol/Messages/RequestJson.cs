using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Messages;

/// <summary>
/// Reads requests, strictly: no unknown, duplicate or differently-cased member, no missing or null one where it is required.
/// Also writes replies.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(RpcError))]
[JsonSerializable(typeof(AuthenticateParams))]
[JsonSerializable(typeof(AuthenticateResult))]
[JsonSerializable(typeof(ChallengeResponseParams))]
[JsonSerializable(typeof(ChallengeResponseResult))]
[JsonSerializable(typeof(ListParams))]
[JsonSerializable(typeof(ListResult))]
[JsonSerializable(typeof(CheckAccessParams))]
[JsonSerializable(typeof(CheckAccessResult))]
[JsonSerializable(typeof(ToolCallParams))]
[JsonSerializable(typeof(ToolListParams))]
[JsonSerializable(typeof(ToolListResult))]
[JsonSerializable(typeof(RequestAccessParams))]
[JsonSerializable(typeof(AccessStatusParams))]
[JsonSerializable(typeof(AccessStatusResult))]
[JsonSerializable(typeof(AuditLogParams))]
[JsonSerializable(typeof(AuditLogResult))]
[JsonSerializable(typeof(RetrieveParams))]
[JsonSerializable(typeof(RetrieveResult))]
[JsonSerializable(typeof(ReleaseLeaseParams))]
[JsonSerializable(typeof(UseParams))]
[JsonSerializable(typeof(RenewLeaseParams))]
[JsonSerializable(typeof(RenewLeaseResult))]
[JsonSerializable(typeof(SessionParams))]
[JsonSerializable(typeof(LeaseStatusResult))]
[JsonSerializable(typeof(EmptyResult))]
[JsonSerializable(typeof(ProxyOpenParams))]
[JsonSerializable(typeof(ProxyOpenResult))]
[JsonSerializable(typeof(ProxyCloseParams))]
[JsonSerializable(typeof(ProxyCloseResult))]
[JsonSerializable(typeof(AuthChallengeParams))]
[JsonSerializable(typeof(AuthChallengeResult))]
[JsonSerializable(typeof(AuthVerifyParams))]
[JsonSerializable(typeof(AuthVerifyResult))]
[JsonSerializable(typeof(CredentialListParams))]
[JsonSerializable(typeof(IReadOnlyList<CredentialSummary>))]
[JsonSerializable(typeof(CredentialRetrieveParams))]
[JsonSerializable(typeof(CredentialRetrieveResult))]
[JsonSerializable(typeof(CredentialUseParams))]
[JsonSerializable(typeof(LeaseReleaseParams))]
public sealed partial class RequestJson : JsonSerializerContext;
