namespace Sanctum.Cli.Mcp;

/// <summary>A program that starts servers of the Model Context Protocol, and where it reads which.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="File">Its file: in the home folder where it begins with <c>~/</c>, else in this one.</param>
/// <param name="Form">How an entry is written there.</param>
internal sealed record McpHost(string Name, string File, McpEntryForm Form)
{
    public static IReadOnlyList<McpHost> All { get; } =
    [
        new("claude", ".mcp.json", McpEntryForm.Servers("mcpServers", type: null)),
        new("codex", "~/.codex/config.toml", McpEntryForm.Toml),
        new("cursor", "~/.cursor/mcp.json", McpEntryForm.Servers("mcpServers", type: null)),
        new("gemini", "~/.gemini/settings.json", McpEntryForm.Servers("mcpServers", type: null) with { HasComments = true, Url = "httpUrl" }),
        new("opencode", "~/.config/opencode/opencode.json", McpEntryForm.OpenCode),
        new("vscode", ".vscode/mcp.json", McpEntryForm.Servers("servers", type: "stdio") with { HasComments = true }),
    ];
}

/// <summary>How a host wants an entry.</summary>
/// <param name="Container">The member, or table, that holds all entries.</param>
/// <param name="Type">What the entry's <c>type</c> is; null for none.</param>
/// <param name="IsOneList">Whether program and arguments are one list.</param>
/// <param name="IsToml">Whether the file is TOML, and not JSON.</param>
internal sealed record McpEntryForm(string Container, string? Type, bool IsOneList, bool IsToml)
{
    public static McpEntryForm Toml { get; } = new("mcp_servers", null, IsOneList: false, IsToml: true) { Headers = "http_headers" };

    public static McpEntryForm OpenCode { get; } = new("mcp", "local", IsOneList: true, IsToml: false) { HasComments = true, Variables = "environment" };

    /// <summary>Whether the host reads JSON with comments.</summary>
    public bool HasComments { get; init; }

    /// <summary>The member with the variables of a program.</summary>
    public string Variables { get; init; } = "env";

    /// <summary>The member with the URL of a server that is served over Streamable HTTP.</summary>
    public string Url { get; init; } = "url";

    /// <summary>The member with the headers for it.</summary>
    public string Headers { get; init; } = "headers";

    public static McpEntryForm Servers(string container, string? type) => new(container, type, IsOneList: false, IsToml: false);
}

/// <summary>What a host starts.</summary>
/// <param name="Name">What it calls the server.</param>
/// <param name="Command">The program.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record McpEntry(string Name, string Command, IReadOnlyList<string> Arguments);
