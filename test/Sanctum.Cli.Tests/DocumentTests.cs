using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Sanctum.Cli.Tests;

/// <summary>What README.md and docs/ tell people to type is understood.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_command_line_in_a_document_is_understood()
    {
        var lines = (from document in Documents() from line in CommandLines(document) select line).ToList();
        Assert.True(lines.Count > 20, "the search finds no command lines any more");
        Assert.All(lines, line => Assert.Empty(Parse(line).Errors));
    }

    [Fact]
    public void Every_command_and_option_that_a_document_mentions_is_there()
    {
        var mentions = (from document in Documents() from Match mention in Mentions.Matches(Fences.Replace(document, string.Empty)) select mention.Groups["words"].Value).ToList();
        Assert.NotEmpty(mentions);
        Assert.All(mentions, words => Assert.Empty(Parse(words).UnmatchedTokens));
    }

    [Theory]
    [InlineData("stroe a/b")]
    [InlineData("audit log --lsat 3")]
    [InlineData("agent register")]
    public void A_line_with_a_slip_would_be_found(string line) => Assert.NotEmpty(Parse(line).Errors);

    // Shells quote either way, the parser's own splitting in one.
    private static ParseResult Parse(string line) => Program.Commands().Parse([.. CommandLineParser.SplitCommandLine(line.Replace('\'', '"'))]);

    private static IEnumerable<string> CommandLines(string document) =>
        from Match fence in Fences.Matches(document)
        let transcript = fence.Groups["language"].Value == "console"
        where transcript || fence.Groups["language"].Value == "sh"
        from line in fence.Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        where !transcript || line.StartsWith("$ ", StringComparison.Ordinal)
        from Match command in Commands.Matches(line)
        select command.Groups["words"].Value;

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Path.Join(Root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Join(Root, "README.md")).Select(File.ReadAllText);

    private static string Root { get; } = Path.GetFullPath(Path.Join(Path.GetDirectoryName(Source()), "..", ".."));

    private static string Source([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^```(?<language>\w*)\n.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences { get; }

    // In 'runuser -u sanctum -- sanctum init' the first is a user.
    [GeneratedRegex(@"(?:^|[ (])sanctum (?!-- )(?<words>[^|>)#\n]+)")]
    private static partial Regex Commands { get; }

    [GeneratedRegex("`sanctum (?<words>[^`]+)`")]
    private static partial Regex Mentions { get; }
}
