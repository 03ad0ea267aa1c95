using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>
/// One spelling for each JSON value, so that its hash is the value's: the JSON Canonicalization Scheme, <see href="https://www.rfc-editor.org/rfc/rfc8785">RFC 8785</see>.
/// </summary>
internal static class CanonicalJson
{
    private const int Latest = 0x1F;
    private const int MostDigits = 21;
    private const int MostZeroes = 6;

    /// <summary>The value's bytes.</summary>
    /// <exception cref="JsonException">It has a number beyond a double, or text that is not Unicode: section 3.1 asks for I-JSON.</exception>
    public static byte[] Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A number as ECMAScript writes it (section 3.2.2.3): the shortest digits that are read as the same double.</summary>
    /// <exception cref="JsonException">It is not finite.</exception>
    public static string OfNumber(double number)
    {
        if (!double.IsFinite(number))
        {
            throw new JsonException("a number is beyond what a double can hold");
        }

        if (number == 0)
        {
            return "0"; // The negative one too.
        }

        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var digits = string.Concat(shortest.Split('E')[0].Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        var point = PointOf(shortest);
        var sign = number < 0 ? "-" : "";
        return sign + Place(digits, point);
    }

    // Where the point is, counted from before the first digit: 1 for 1.5, -1 for 0.015.
    private static int PointOf(string shortest)
    {
        var parts = shortest.Split('E');
        var (whole, rest) = parts[0].Split('.') is [var before, var after] ? (before, after) : (parts[0], "");
        var exponent = parts.Length > 1 ? int.Parse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        return exponent + (whole != "0" ? whole.Length : rest.TrimStart('0').Length - rest.Length);
    }

    // ECMA-262, Number::toString, steps 6 to 10.
    private static string Place(string digits, int point)
    {
        if (digits.Length <= point && point <= MostDigits)
        {
            return digits + new string('0', point - digits.Length);
        }

        if (point is > 0 and <= MostDigits)
        {
            return $"{digits[..point]}.{digits[point..]}";
        }

        if (point is > -MostZeroes and <= 0)
        {
            return $"0.{new string('0', -point)}{digits}";
        }

        var exponent = (point - 1).ToString("+0;-0", CultureInfo.InvariantCulture);
        return digits.Length == 1 ? $"{digits}e{exponent}" : $"{digits[0]}.{digits[1..]}e{exponent}";
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteAll('{', '}', value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal), text, member =>
                {
                    WriteText(member.Name, text);
                    text.Append(':');
                    Write(member.Value, text);
                });
                break;
            case JsonValueKind.Array:
                WriteAll('[', ']', value.EnumerateArray(), text, item => Write(item, text));
                break;
            case JsonValueKind.String:
                WriteText(TextOf(value), text);
                break;
            case JsonValueKind.Number:
                text.Append(OfNumber(value.GetDouble()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void WriteAll<T>(char open, char close, IEnumerable<T> items, StringBuilder text, Action<T> write)
    {
        text.Append(open);
        var isFirst = true;
        foreach (var item in items)
        {
            _ = isFirst ? text : text.Append(',');
            isFirst = false;
            write(item);
        }

        text.Append(close);
    }

    private static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException malformed)
        {
            throw new JsonException("a text is not Unicode", malformed);
        }
    }

    // Section 3.2.2.2: what has to be escaped, in its shortest form, and nothing else.
    private static void WriteText(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                <= (char)Latest => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
