using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Sanctum.Agents;

/// <summary>An agent's name: 1 to 64 of <c>[A-Za-z0-9_-]</c>. One that exists is valid.</summary>
public sealed record AgentName
{
    /// <summary>The most characters a name may have.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private AgentName(string value) => Value = value;

    /// <summary>The name as text.</summary>
    public string Value { get; }

    /// <summary>Reads a name.</summary>
    /// <exception cref="VaultException">It is not one; the code is <see cref="VaultErrorCode.InvalidParams"/>.</exception>
    public static AgentName Parse(string? text) => TryParse(text, out var name) ? name : throw Errors.InvalidAgentName();

    /// <summary>Reads a name, if it is one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out AgentName? name)
    {
        name = text is { Length: > 0 and <= MaxLength } && !text.AsSpan().ContainsAnyExcept(Allowed) ? new AgentName(text) : null;
        return name is not null;
    }

    /// <summary>The name as text.</summary>
    public override string ToString() => Value;
}
