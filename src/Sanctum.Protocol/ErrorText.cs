using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sanctum.Protocol;

/// <summary>
/// Texts of errors, fit for a terminal and a log: one line of limited length, without control characters, terminal escapes or
/// characters that change how their neighbours are shown.
/// </summary>
/// <remarks>Errors are made so that they need none of this. It is the last door, for the error that somebody will make one day.</remarks>
public static class ErrorText
{
    /// <summary>The longest message, in characters.</summary>
    public const int Message = 512;

    /// <summary>The longest detail, suggestion or other text, in characters.</summary>
    public const int Other = 1024;

    private const string Cut = "...";

    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(letter => (char)letter)]);

    /// <summary>The text with a question mark for each character that is not shown as itself, cut to so many characters.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">The most characters of the result.</param>
    public static string Clean(string text, int most = Other)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= most && !text.AsSpan().ContainsAnyExcept(Plain) ? text : Rewritten(text, most);
    }

    /// <summary>The error with every text cleaned.</summary>
    internal static RpcError Bounded(RpcError error) => error with
    {
        Message = Clean(error.Message, Message),
        Detail = error.Detail is null ? null : Clean(error.Detail),
        Suggestion = error.Suggestion is null ? null : Clean(error.Suggestion),
        DocsUrl = error.DocsUrl is null ? null : Clean(error.DocsUrl),
    };

    /// <summary>What is left to say where even that is too long.</summary>
    internal static RpcError Shortest(RpcError error) => new(error.Code, Clean(error.Message, Message));

    private static string Rewritten(string text, int most)
    {
        var cut = text.Length > most;
        var clean = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.AsSpan(0, cut ? most - Cut.Length : text.Length).EnumerateRunes())
        {
            clean.Append(IsShown(rune) ? rune.ToString() : "?");
        }

        return clean.Append(cut ? Cut : "").ToString();
    }

    // Format characters are the zero-width ones and those that turn the direction of text.
    private static bool IsShown(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
