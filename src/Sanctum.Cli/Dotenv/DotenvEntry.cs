namespace Sanctum.Cli.Dotenv;

/// <summary>An assignment in a .env file, or a line that should be one.</summary>
/// <param name="Line">The line where it begins, from 1.</param>
/// <param name="Name">The variable; null where the line is malformed before it ends.</param>
/// <param name="Value">What it is set to, without quotes and with escapes undone.</param>
/// <param name="Place">Where the value stands in the text, with its quotes.</param>
internal sealed record DotenvEntry(int Line, string? Name, string Value, Range Place)
{
    /// <summary>What is wrong with the line; null where nothing is.</summary>
    public string? Flaw { get; init; }

    /// <summary>Whether the value has another variable in it.</summary>
    public bool RefersToAnother { get; init; }
}
