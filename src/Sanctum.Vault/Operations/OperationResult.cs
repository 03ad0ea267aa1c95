using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>What an operation gives back.</summary>
public abstract record OperationResult
{
    /// <summary>Writes the members of its JSON object, which is what agents get: a whole object, braces included.</summary>
    public abstract void WriteTo(Utf8JsonWriter writer);
}
