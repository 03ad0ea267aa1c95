using System.Text.Json;
using System.Text.Json.Serialization;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Messages;

/// <summary>An error object as other daemons send it too: the published clients get by without any of its members.</summary>
internal sealed record ErrorReply(
    string? Code = null,
    string? Message = null,
    string? Detail = null,
    string? Suggestion = null,
    string? DocsUrl = null,
    JsonElement? Context = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    MaxDepth = FrameLimits.Depth)]
[JsonSerializable(typeof(ErrorReply))]
internal sealed partial class ErrorReplyJson : JsonSerializerContext;
