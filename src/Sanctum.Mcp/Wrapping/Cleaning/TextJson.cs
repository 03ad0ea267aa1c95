using System.Text.Json.Serialization;

namespace Sanctum.Mcp.Wrapping.Cleaning;

/// <summary>Writes texts as JSON.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class TextJson : JsonSerializerContext;
