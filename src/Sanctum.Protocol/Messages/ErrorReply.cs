using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Messages;

/// <summary>An error object as other daemons send it too: the published clients get by without any of its members.</summary>
/// <remarks>CRP's methods have a number as the code, and the rest in <c>data</c> (<see cref="CrpError"/>).</remarks>
internal sealed record ErrorReply(
    JsonElement? Code = null,
    string? Message = null,
    string? Detail = null,
    string? Suggestion = null,
    string? DocsUrl = null,
    JsonElement? Context = null,
    ErrorReplyData? Data = null);

/// <summary>What CRP's errors have beside their number and line.</summary>
internal sealed record ErrorReplyData(
    string? Code = null,
    string? Detail = null,
    string? Suggestion = null,
    [property: JsonPropertyName("docsUrl")] string? DocsUrl = null,
    JsonElement? Context = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(ErrorReply))]
internal sealed partial class ErrorReplyJson : JsonSerializerContext;
