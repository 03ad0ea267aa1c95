using Sanctum.Cli.Imports;
using Sanctum.Cli.Mcp.Texts;

namespace Sanctum.Cli.Mcp.Moving;

/// <summary>A key of a server that goes into the vault.</summary>
/// <param name="Server">What the host calls the server.</param>
/// <param name="Found">The text that it stands in.</param>
/// <param name="Raw">The part of that text that is the key, as it stands there.</param>
/// <param name="Secret">What is stored, and where.</param>
/// <param name="IsExposed">Whether the server gets the key itself, since it goes into no HTTP request.</param>
internal sealed record MovedKey(string Server, FoundValue Found, string Raw, PlannedSecret Secret, bool IsExposed)
{
    /// <summary>The text with something in the key's place.</summary>
    public string With(string other) => Found.Value.Replace(Raw, other, StringComparison.Ordinal);
}

/// <summary>A key that stays where it is.</summary>
/// <param name="Line">The line where it stands.</param>
/// <param name="Name">The server and the variable or header; null where it stands elsewhere.</param>
/// <param name="Why">Why it stays.</param>
internal sealed record LeftKey(int Line, string? Name, string Why)
{
    /// <summary>The key, which is never shown; null where it is known by its look alone.</summary>
    public string? Value { get; init; }

    /// <summary>Says where, never the key.</summary>
    public override string ToString() => $"{Name} in line {Line}";
}

/// <summary>What becomes of a server's entry.</summary>
/// <param name="Server">The entry.</param>
/// <param name="Moved">The keys that go into the vault; none where the entry stays as it is.</param>
/// <param name="Left">Those that stay.</param>
internal sealed record ServerMove(FoundServer Server, IReadOnlyList<MovedKey> Moved, IReadOnlyList<LeftKey> Left)
{
    /// <summary>The server's URL without a key in it; null for a program.</summary>
    public string? Url { get; init; }

    /// <summary>Other headers of a server at a URL, as <c>mcp wrap --header</c> takes them.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}
