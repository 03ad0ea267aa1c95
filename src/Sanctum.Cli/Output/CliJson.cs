using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Cli.Attack;
using Sanctum.Cli.Services;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Output;

/// <summary>How the documents are written: snake_case, indented, times in UTC, no member left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    GenerationMode = JsonSourceGenerationMode.Metadata,
    Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(InitDocument))]
[JsonSerializable(typeof(McpEntryDocument))]
[JsonSerializable(typeof(PinnedServersDocument))]
[JsonSerializable(typeof(SealDocument))]
[JsonSerializable(typeof(NodesDocument))]
[JsonSerializable(typeof(SealProvidersDocument))]
[JsonSerializable(typeof(SealProviderView))]
[JsonSerializable(typeof(SealProviderResult))]
[JsonSerializable(typeof(StatusDocument))]
[JsonSerializable(typeof(StoppedDocument))]
[JsonSerializable(typeof(SecretDocument))]
[JsonSerializable(typeof(CredentialView))]
[JsonSerializable(typeof(CredentialsDocument))]
[JsonSerializable(typeof(AgentView))]
[JsonSerializable(typeof(AgentsDocument))]
[JsonSerializable(typeof(AppliedDocument))]
[JsonSerializable(typeof(RegisteredDocument))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(PoliciesDocument))]
[JsonSerializable(typeof(SimulationView))]
[JsonSerializable(typeof(LeasesDocument))]
[JsonSerializable(typeof(RevokedDocument))]
[JsonSerializable(typeof(RemovedDocument))]
[JsonSerializable(typeof(EntriesDocument))]
[JsonSerializable(typeof(AuditVerificationView))]
[JsonSerializable(typeof(ApprovalsDocument))]
[JsonSerializable(typeof(ApprovalDecision))]
[JsonSerializable(typeof(ProposalView))]
[JsonSerializable(typeof(TokenDocument))]
[JsonSerializable(typeof(PassphraseDocument))]
[JsonSerializable(typeof(BackupDocument))]
[JsonSerializable(typeof(DevDocument))]
[JsonSerializable(typeof(RestoreDocument))]
[JsonSerializable(typeof(UpgradeDocument))]
[JsonSerializable(typeof(MoveDocument))]
[JsonSerializable(typeof(ServicesDocument))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(HandOver))]
[JsonSerializable(typeof(AttackDocument))]
[JsonSerializable(typeof(CompletionDocument))]
[JsonSerializable(typeof(ManualDocument))]
[JsonSerializable(typeof(DocsDocument))]
[JsonSerializable(typeof(SignatureDocument))]
[JsonSerializable(typeof(ResponseDocument))]
[JsonSerializable(typeof(ImportDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(ScanDocument))]
[JsonSerializable(typeof(string))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>For results.</summary>
    public static CliJson Indented => field ??= new(Written(indented: true));

    /// <summary>For errors and between our own processes: one line.</summary>
    public static CliJson Compact => field ??= new(Written(indented: false));

    // The relaxed encoder leaves é and + as they are: this JSON is never put into a page of HTML.
    private static JsonSerializerOptions Written(bool indented) =>
        new(Default.Options) { WriteIndented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

internal sealed class UtcConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Times.Utc(value));
}
