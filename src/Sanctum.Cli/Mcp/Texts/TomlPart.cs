namespace Sanctum.Cli.Mcp.Texts;

/// <summary>A key of a TOML text with its value.</summary>
/// <param name="Path">All of its names, beginning with those of its table.</param>
/// <param name="KeyStart">Where the key begins.</param>
/// <param name="NameStart">Where the last of its names begins.</param>
/// <param name="Value">Its value.</param>
/// <param name="Inline">The inline table that it stands in; null where it has a line of its own.</param>
internal sealed record TomlPair(IReadOnlyList<string> Path, int KeyStart, int NameStart, TomlValue Value, TomlValue? Inline);

/// <summary>A value of a TOML text.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Text">What it is, where it is a string.</param>
/// <param name="Items">Its values, where it is an array.</param>
/// <param name="IsTable">Whether it is an inline table.</param>
internal sealed record TomlValue(Place Place, string? Text = null, IReadOnlyList<TomlValue>? Items = null, bool IsTable = false);

/// <summary>A table's line.</summary>
/// <param name="Path">Its names.</param>
/// <param name="Start">Where its bracket begins.</param>
internal sealed record TomlTable(IReadOnlyList<string> Path, int Start);

/// <summary>A TOML text is malformed, or has something that is not understood here.</summary>
internal sealed class TomlException(int line) : Exception($"line {line} is not the TOML that the host reads")
{
    public int Line => line;
}
