using System.Buffers;

namespace Sanctum.Policies;

/// <summary>A tool of a server of the Model Context Protocol. One that exists has a name that a policy can speak of.</summary>
internal readonly record struct ToolName
{
    /// <summary>What begins a resource that is a tool.</summary>
    public const string Prefix = "tool:";

    private const int LongestServer = 64, LongestTool = 128;
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    private static readonly SearchValues<char> ServerCharacters = SearchValues.Create(Letters);
    private static readonly SearchValues<char> ToolCharacters = SearchValues.Create(Letters + "/");

    private ToolName(string server, string tool) => (Server, Tool) = (server, tool);

    /// <summary>What the operator calls the server.</summary>
    public string Server { get; }

    /// <summary>What the server calls the tool.</summary>
    public string Tool { get; }

    /// <exception cref="VaultException">A name is empty, too long or of other characters.</exception>
    public static ToolName Parse(string? server, string? tool) =>
        !IsServer(server) ? throw Errors.InvalidParams("server", $"a server's name is 1 to {LongestServer} letters, digits, '.', '_' and '-'")
        : !IsTool(tool) ? throw Errors.InvalidParams("tool", $"a tool's name is 1 to {LongestTool} letters, digits, '.', '_', '-' and '/'")
        : new ToolName(server!, tool!);

    public static bool IsServer(string? name) => name is { Length: > 0 and <= LongestServer } && !name.AsSpan().ContainsAnyExcept(ServerCharacters);

    public static bool IsTool(string? name) => name is { Length: > 0 and <= LongestTool } && !name.AsSpan().ContainsAnyExcept(ToolCharacters);

    /// <summary>As policies and the log have it.</summary>
    public override string ToString() => $"{Prefix}{Server}/{Tool}";
}
