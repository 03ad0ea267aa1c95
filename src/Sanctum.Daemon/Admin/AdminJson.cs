using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Admin;

internal sealed record PassphraseRequest([property: JsonConverter(typeof(SecretBase64Converter))] byte[] Passphrase);

internal sealed record LoginRequest(
    [property: JsonConverter(typeof(SecretBase64Converter))] byte[] Passphrase, IReadOnlyList<string>? Scopes = null, bool BindSession = false);

internal sealed record ChangePassphraseRequest(
    [property: JsonConverter(typeof(SecretBase64Converter))] byte[] Current,
    [property: JsonConverter(typeof(SecretBase64Converter))] byte[] Replacement);

internal sealed record AddSealProviderRequest(
    [property: JsonConverter(typeof(SecretBase64Converter))] byte[] Passphrase, string Name, string Type, string Settings);

internal sealed record PathRequest(string Path);

internal sealed record NameRequest(string Name);

internal sealed record ListRequest(string? Type = null, string? Tag = null);

internal sealed record RegisterRequest(string Name, string PublicKey, string Description = "");

internal sealed record RotateKeyRequest(string Name, string PublicKey);

internal sealed record FreezeRequest(string Name, string Reason = "");

internal sealed record NoRequest;

internal sealed record CountResult(int Count);

internal sealed record DoneResult;

internal sealed record AdminError(string Code, string Message, string? Suggestion)
{
    /// <summary>One that is fit for a terminal, and short.</summary>
    public static AdminError Of(OperatorException error) => new(
        error.Code,
        ErrorText.Clean(error.Message, ErrorText.Message),
        error.Suggestion is null ? null : ErrorText.Clean(error.Suggestion));
}

internal sealed record AdminErrorResult(AdminError Error);

/// <summary>What passes on the admin socket: strict in both directions, since both ends are this program.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)] // Nulls are written: strict readers miss what is left out.
[JsonSerializable(typeof(DaemonStatus))]
[JsonSerializable(typeof(IReadOnlyList<NodeView>))]
[JsonSerializable(typeof(LoginView))]
[JsonSerializable(typeof(PassphraseRequest))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(ChangePassphraseRequest))]
[JsonSerializable(typeof(AddSealProviderRequest))]
[JsonSerializable(typeof(SealProviderView))]
[JsonSerializable(typeof(IReadOnlyList<SealProviderView>))]
[JsonSerializable(typeof(SealProviderResult))]
[JsonSerializable(typeof(PathRequest))]
[JsonSerializable(typeof(NameRequest))]
[JsonSerializable(typeof(ListRequest))]
[JsonSerializable(typeof(RegisterRequest))]
[JsonSerializable(typeof(RotateKeyRequest))]
[JsonSerializable(typeof(FreezeRequest))]
[JsonSerializable(typeof(NoRequest))]
[JsonSerializable(typeof(CountResult))]
[JsonSerializable(typeof(DoneResult))]
[JsonSerializable(typeof(AdminErrorResult))]
[JsonSerializable(typeof(StoreRequest))]
[JsonSerializable(typeof(CredentialView))]
[JsonSerializable(typeof(IReadOnlyList<CredentialView>))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(IReadOnlyList<AgentView>))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(IReadOnlyList<PolicyView>))]
[JsonSerializable(typeof(ApplyRequest))]
[JsonSerializable(typeof(PolicyChangesView))]
[JsonSerializable(typeof(SimulateRequest))]
[JsonSerializable(typeof(SimulationView))]
[JsonSerializable(typeof(IReadOnlyList<LeaseView>))]
[JsonSerializable(typeof(RevokeRequest))]
[JsonSerializable(typeof(AuditRequest))]
[JsonSerializable(typeof(AuditEntryView))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(AuditVerificationView))]
[JsonSerializable(typeof(IReadOnlyList<ApprovalView>))]
[JsonSerializable(typeof(ApprovalDecision))]
[JsonSerializable(typeof(IReadOnlyList<ProposalView>))]
[JsonSerializable(typeof(ProposalView))]
[JsonSerializable(typeof(ProposalGrant))]
[JsonSerializable(typeof(ProposalDenial))]
internal sealed partial class AdminJson : JsonSerializerContext;
