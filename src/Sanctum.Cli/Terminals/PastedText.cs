using System.Text.Json;

namespace Sanctum.Cli.Terminals;

/// <summary>How far a text is that comes line by line.</summary>
internal enum PastedKind
{
    /// <summary>White space.</summary>
    Nothing,

    /// <summary>One line that says nothing of others.</summary>
    Line,

    /// <summary>Several lines that belong together in no way that is known here.</summary>
    Lines,

    /// <summary>PEM without its last line.</summary>
    UnfinishedPem,

    /// <summary>JSON without its last bracket.</summary>
    UnfinishedJson,

    /// <summary>Whole PEM or JSON.</summary>
    Finished,
}

/// <summary>Tells from a text's own form whether more of it is to come.</summary>
internal static class PastedText
{
    private const byte LineFeed = (byte)'\n';

    public static PastedKind KindOf(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\n"u8);
        if (text.IsEmpty)
        {
            return PastedKind.Nothing;
        }

        return text[0] is (byte)'{' or (byte)'[' && JsonKind(text) is { } json ? json
            : text.StartsWith("-----BEGIN "u8) || text.StartsWith("---- BEGIN "u8) ? PemKind(text)
            : text.Contains(LineFeed) ? PastedKind.Lines
            : PastedKind.Line;
    }

    /// <summary>Whether its last line is the last of PEM, whole.</summary>
    public static bool EndsWithEndLine(ReadOnlySpan<byte> text)
    {
        var line = text[(text.LastIndexOf(LineFeed) + 1)..].TrimStart(" \t"u8);
        return (line.StartsWith("-----END "u8) && line.EndsWith("-----"u8)) || (line.StartsWith("---- END "u8) && line.EndsWith(" ----"u8));
    }

    // One after the other: a key and its certificates.
    private static PastedKind PemKind(ReadOnlySpan<byte> text) =>
        text.Count("-- BEGIN "u8) + text.Count("--BEGIN "u8) > text.Count("-- END "u8) + text.Count("--END "u8) ? PastedKind.UnfinishedPem
        : EndsWithEndLine(text) || !text.Contains(LineFeed) ? PastedKind.Finished
        : PastedKind.Lines;

    private static PastedKind? JsonKind(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                // To where it ends, or breaks off.
            }

            return reader.CurrentDepth == 0 && reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray ? PastedKind.Finished : PastedKind.UnfinishedJson;
        }
        catch (JsonException)
        {
            return null; // A secret may begin with a bracket.
        }
    }
}
