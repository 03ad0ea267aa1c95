namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A server in a host's file.</summary>
/// <param name="Name">What the host calls it.</param>
/// <param name="Line">Where its entry begins.</param>
internal sealed record FoundServer(string Name, int Line)
{
    /// <summary>The folder of the one project that it is for; null for a server of the whole file.</summary>
    public string? Project { get; init; }

    /// <summary>The program; null for a server elsewhere.</summary>
    public string? Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Where it is; null for a program.</summary>
    public FoundValue? Url { get; init; }

    /// <summary>Whether it is served over SSE, which came before Streamable HTTP.</summary>
    public bool IsOverSse { get; init; }

    /// <summary>The variables that the host starts it with.</summary>
    public IReadOnlyList<FoundValue> Variables { get; init; } = [];

    /// <summary>The headers that the host sends it.</summary>
    public IReadOnlyList<FoundValue> Headers { get; init; } = [];

    /// <summary>Why the entry can't be changed; null where it can.</summary>
    public string? Flaw { get; init; }
}

/// <summary>A text in a host's file.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Value">What it is.</param>
/// <param name="Place">Where it stands, with its quotes.</param>
/// <param name="Line">The line where it begins, from 1.</param>
internal sealed record FoundValue(string Name, string Value, Place Place, int Line);

/// <summary>An entry that becomes another: it starts another program, and some of its values are gone.</summary>
/// <param name="Server">The entry as it was found.</param>
/// <param name="Entry">What the host starts instead.</param>
/// <param name="Gone">The variables that are no longer in it. Headers and the URL of a server elsewhere are gone anyhow.</param>
internal sealed record ServerChange(FoundServer Server, McpEntry Entry, IReadOnlyList<FoundValue> Gone);

/// <summary>A host's file, as it was read.</summary>
internal interface IHostText
{
    /// <summary>All of it.</summary>
    byte[] Content { get; }

    /// <summary>The servers that the host starts or calls, in their order.</summary>
    IReadOnlyList<FoundServer> Servers { get; }

    /// <summary>The text with changes.</summary>
    /// <param name="added">An entry to put in, or in the place of one with its name; null for none.</param>
    /// <param name="changes">Entries that become others.</param>
    byte[] With(McpEntry? added, IReadOnlyList<ServerChange> changes);

    /// <summary>The text with other values in some places.</summary>
    byte[] With(IEnumerable<(FoundValue Found, string Value)> values);

    /// <summary>An entry alone, as it stands in such a file.</summary>
    string TextOf(McpEntry entry);
}
