using System.Globalization;

namespace Sanctum.Protocol;

/// <summary>Escapes of half a character, which the JSON reader itself notices only when a text is read.</summary>
internal static class Surrogates
{
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Looks at every escape, and makes nothing of them.</summary>
    /// <param name="escaped">A JSON string's bytes between its quotes, well-formed.</param>
    /// <exception cref="RpcException">One of them is half a character; the code is <see cref="ErrorCode.InvalidRequest"/>.</exception>
    public static void Require(ReadOnlySpan<byte> escaped)
    {
        while (escaped.IndexOf((byte)'\\') is >= 0 and var at)
        {
            escaped = escaped[at..];
            escaped = escaped[1] != 'u' ? escaped[2..]
                : !char.IsSurrogate(Unit(escaped)) ? escaped[EscapeLength..]
                : IsPair(escaped) ? escaped[(2 * EscapeLength)..]
                : throw RpcRequest.Invalid("a string in the request has half a surrogate pair");
        }
    }

    private static bool IsPair(ReadOnlySpan<byte> escaped) =>
        escaped.Length >= 2 * EscapeLength && escaped[EscapeLength] == '\\' && escaped[EscapeLength + 1] == 'u'
        && char.IsSurrogatePair(Unit(escaped), Unit(escaped[EscapeLength..]));

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
