using Sanctum.Text;

namespace Sanctum.Policies;

/// <summary>A policy's resource that is no path but tools: <c>tool:SERVER/TOOL</c>. Both may have <c>*</c> and <c>?</c>; a pattern for servers does not reach into tools' names.</summary>
internal sealed class ToolPattern
{
    private readonly Glob _server;
    private readonly Glob _tool;

    private ToolPattern(string server, string tool) => (_server, _tool) = (new Glob(server), new Glob(tool));

    /// <summary>Whether a resource is one of them, well-formed or not.</summary>
    public static bool IsTool(string resource) => resource.StartsWith(ToolName.Prefix, StringComparison.Ordinal);

    /// <summary>Reads a resource.</summary>
    public static bool TryParse(string resource, out ToolPattern? pattern)
    {
        pattern = null;
        var parts = IsTool(resource) && resource.Length <= Glob.MaxLength ? resource[ToolName.Prefix.Length..].Split('/', 2) : [];
        if (parts is [var server, var tool] && ToolName.IsServer(Plain(server)) && ToolName.IsTool(Plain(tool)))
        {
            pattern = new ToolPattern(server, tool);
        }

        return pattern is not null;
    }

    /// <summary>Whether it covers a tool.</summary>
    public bool Matches(ToolName tool) => _server.Matches(tool.Server) && _tool.Matches(tool.Tool);

    private static string Plain(string pattern) => pattern.Replace('*', '-').Replace('?', '-');
}
