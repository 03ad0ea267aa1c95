using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>One fenced block of C# in a Markdown document.</summary>
/// <param name="Document">The document's path, relative to the repository.</param>
/// <param name="Line">How many of the document's lines come before the code.</param>
/// <param name="Code">What stands between the fences.</param>
internal sealed partial record Fence(string Document, int Line, string Code)
{
    /// <summary>The C# blocks of a document, in order.</summary>
    public static IEnumerable<Fence> In(string document, string text) =>
        from match in Blocks.Matches(text.ReplaceLineEndings("\n"))
        let code = match.Groups["code"]
        select new Fence(document, text.AsSpan(0, code.Index).Count('\n'), code.Value);

    [GeneratedRegex(@"^(?<indent>[ ]*)```[ ]*(?:csharp|cs|c\#)\b[^\n]*\n(?<code>.*?)^\k<indent>```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Blocks { get; }
}
