namespace Sanctum.Door;

/// <summary>What has become of a call of a tool, as the program between host and server tells it.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Redacted">How many occurrences of secrets were taken out of the result.</param>
/// <param name="Escaped">How many hidden characters of the result are shown escaped.</param>
public sealed record ToolReport(ToolResult Result, TimeSpan Took, int Redacted = 0, int Escaped = 0);

/// <summary>How a call of a tool ended.</summary>
public enum ToolResult
{
    /// <summary>With a result.</summary>
    Ok,

    /// <summary>With a result that says that it failed, or with an error.</summary>
    Failed,

    /// <summary>The host gave it up.</summary>
    Cancelled,

    /// <summary>The server ended, or responded with what can't be read.</summary>
    Lost,

    /// <summary>It was not made: the server's tools are others than those that were accepted.</summary>
    Changed,
}
