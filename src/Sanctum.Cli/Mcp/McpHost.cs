namespace Sanctum.Cli.Mcp;

/// <summary>A program that starts servers of the Model Context Protocol, and where it reads which.</summary>
/// <param name="Name">As it is typed.</param>
/// <param name="User">The user's own file.</param>
/// <param name="ProjectFiles">A project's file, below its folder. Where there are several, the first one that is there is meant, else the first.</param>
/// <param name="Form">How an entry is written there.</param>
internal sealed record McpHost(string Name, UserPlace User, IReadOnlyList<string> ProjectFiles, McpEntryForm Form)
{
    private static readonly string[] OpenCodeFiles = ["opencode.json", "opencode.jsonc"];

    public static IReadOnlyList<McpHost> All { get; } =
    [
        new("claude", new("CLAUDE_CONFIG_DIR", "~", "", [".claude.json"]), [".mcp.json"], McpEntryForm.Servers("mcpServers", type: null)) { Projects = "projects" },
        new("codex", new("CODEX_HOME", "~/.codex", "", ["config.toml"]), [".codex/config.toml"], McpEntryForm.Toml),
        new("cursor", new(null, "~/.cursor", "", ["mcp.json"]), [".cursor/mcp.json"], McpEntryForm.Servers("mcpServers", type: null)),
        new("gemini", new(null, "~/.gemini", "", ["settings.json"]), [".gemini/settings.json"], McpEntryForm.Servers("mcpServers", type: null) with { HasComments = true, Url = "httpUrl" }),
        new("opencode", new("XDG_CONFIG_HOME", "~/.config", "opencode", OpenCodeFiles), OpenCodeFiles, McpEntryForm.OpenCode),
        new(
            "vscode",
            OperatingSystem.IsMacOS() ? new(null, "~/Library/Application Support", "Code/User", ["mcp.json"])
                : OperatingSystem.IsWindows() ? new("APPDATA", "~/AppData/Roaming", "Code/User", ["mcp.json"])
                : new("XDG_CONFIG_HOME", "~/.config", "Code/User", ["mcp.json"]),
            [".vscode/mcp.json"],
            McpEntryForm.Servers("servers", type: "stdio") with { HasComments = true }),
    ];

    /// <summary>The member of the user's file that has servers of single projects, by their folders; null for none.</summary>
    public string? Projects { get; init; }
}

/// <summary>Where a host's file of the user's is.</summary>
/// <param name="Variable">The variable that names the folder instead; null for none.</param>
/// <param name="Folder">The folder.</param>
/// <param name="Below">The folder in it; empty for itself.</param>
/// <param name="Names">The file's names. Where there are several, the first one that is there is meant, else the first.</param>
internal sealed record UserPlace(string? Variable, string Folder, string Below, IReadOnlyList<string> Names);

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

    /// <summary>The member with servers of single projects, by their folders; null for none.</summary>
    public string? Projects { get; init; }

    public static McpEntryForm Servers(string container, string? type) => new(container, type, IsOneList: false, IsToml: false);
}

/// <summary>What a host starts.</summary>
/// <param name="Name">What it calls the server.</param>
/// <param name="Command">The program.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record McpEntry(string Name, string Command, IReadOnlyList<string> Arguments);
