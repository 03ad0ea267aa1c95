using System.Text.Json;

namespace Sanctum.Operations;

/// <summary>What an operation gives back. Dispose it when it has been written: it can hold a secret, and then wipes it.</summary>
public abstract record OperationResult : IDisposable
{
    /// <summary>Writes the members of its JSON object, which is what agents get: a whole object, braces included.</summary>
    public abstract void WriteTo(Utf8JsonWriter writer);

    /// <summary>Wipes what it holds.</summary>
    public virtual void Dispose()
    {
    }
}
