using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sanctum.SealProviders.Remote;

/// <summary>Settings files: strict, with comments and trailing commas, as <c>config.json</c>.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true)]
[JsonSerializable(typeof(TransitSettings))]
[JsonSerializable(typeof(AwsKmsSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
