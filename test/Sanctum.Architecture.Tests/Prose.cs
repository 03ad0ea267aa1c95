using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sanctum.Architecture.Tests;

/// <summary>A piece of text that a person reads, and where it stands.</summary>
internal sealed partial record Prose(string File, int Line, string Text)
{
    private static readonly CSharpParseOptions _language = new(LanguageVersion.CSharp14, DocumentationMode.Parse);

    public int Words => Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;

    /// <summary>The texts in a source file's literals, of two words and more. Literals that are added to each other are one; what is put into one is one word.</summary>
    public static IEnumerable<Prose> Messages(string file) =>
        from node in Root(file).DescendantNodes()
        where node is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax or BinaryExpressionSyntax && node.Parent is not BinaryExpressionSyntax
        let text = TextOf((ExpressionSyntax)node)
        where text is not null && text.Contains(' ', StringComparison.Ordinal) && !Sql.IsMatch(text)
        select new Prose(file, LineOf(node), text);

    /// <summary>The sentences of a source file's summaries.</summary>
    public static IEnumerable<Prose> Summaries(string file) =>
        from trivia in Root(file).DescendantTrivia()
        let comment = trivia.GetStructure() as DocumentationCommentTriviaSyntax
        where comment is not null
        from element in comment.Content.OfType<XmlElementSyntax>()
        where element.StartTag.Name.ToString() == "summary"
        let text = Tags.Replace(Drawings.Replace(CommentMarks.Replace(element.Content.ToString(), "\n"), "."), it => it.Groups["name"].Value)
        from sentence in SentenceEnds.Split(text)
        where sentence.Length > 0
        select new Prose(file, LineOf(element), sentence);

    /// <summary>The lines of a document, without code.</summary>
    public static IEnumerable<Prose> Document(string file) =>
        Blocks.Replace(Repository.Text(file).ReplaceLineEndings("\n"), block => new string('\n', block.Value.Count(it => it == '\n')))
            .Split('\n')
            .Select((line, at) => new Prose(file, at + 1, Code.Replace(line, "x")));

    /// <summary>The sentences of a document: of its paragraphs, of its lists' items, and of its tables' cells. Code and the address of a link are one word.</summary>
    public static IEnumerable<Prose> Sentences(string file)
    {
        var (text, start) = (new System.Text.StringBuilder(), 0);
        foreach (var (at, line) in Document(file).Append(new Prose(file, 0, "")).Select(line => (line.Line, line.Text)))
        {
            if (text.Length > 0 && Beginning.IsMatch(line))
            {
                foreach (var sentence in SentenceEnds.Split(text.ToString()).Where(it => it.Length > 0))
                {
                    yield return new Prose(file, start, sentence);
                }

                text.Clear();
            }

            start = text.Length == 0 ? at : start;
            text.Append(Parts.Replace(ListMark.Replace(line, ""), "\n\n")).Append(line.StartsWith('#') ? "\n\n" : " ");
        }
    }

    public override string ToString() => $"{File}({Line}): {Text}";

    private static SyntaxNode Root(string file) => CSharpSyntaxTree.ParseText(Repository.Text(file), _language).GetRoot();

    private static int LineOf(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    private static string? TextOf(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal when literal.Token.Value is string text && !literal.Token.IsKind(SyntaxKind.MultiLineRawStringLiteralToken) => text,
        InterpolatedStringExpressionSyntax parts when !parts.StringStartToken.IsKind(SyntaxKind.InterpolatedMultiLineRawStringStartToken) =>
            string.Concat(parts.Contents.Select(part => part is InterpolatedStringTextSyntax text ? text.TextToken.ValueText : "x")),
        BinaryExpressionSyntax sum when sum.IsKind(SyntaxKind.AddExpression) && TextOf(sum.Left) is { } left && TextOf(sum.Right) is { } right => left + right,
        _ => null,
    };

    [GeneratedRegex("^(SELECT|INSERT|DELETE|BEGIN|PRAGMA|CREATE) ")]
    private static partial Regex Sql { get; }

    [GeneratedRegex(@"\n\s*///")]
    private static partial Regex CommentMarks { get; }

    [GeneratedRegex("<code>.*?</code>", RegexOptions.Singleline)]
    private static partial Regex Drawings { get; }

    [GeneratedRegex("""<\w+ \w+="(?<name>[^"]*)"\s*/>|</?\w+[^>]*>""")]
    private static partial Regex Tags { get; }

    [GeneratedRegex(@"(?<=[.;:!?])\s+|\n\s*\n")]
    private static partial Regex SentenceEnds { get; }

    [GeneratedRegex(@"^[ ]*(```|~~~).*?^[ ]*\1", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks { get; }

    // What is no more of the paragraph before it.
    [GeneratedRegex(@"^\s*($|[-*#|]|\d+\.\s)")]
    private static partial Regex Beginning { get; }

    [GeneratedRegex(@"^\s*([-*]|\d+\.)\s+")]
    private static partial Regex ListMark { get; }

    // Between the cells of a table, and between links in a row.
    [GeneratedRegex(@"(?<!\\)\||\u00B7")]
    private static partial Regex Parts { get; }

    [GeneratedRegex("`[^`]+`|\\]\\([^)]*\\)")]
    private static partial Regex Code { get; }
}
