using System.Text;

namespace Sanctum.Tests.Egress.Scrubbing;

/// <summary>Writes secrets in the ways in which an upstream might echo them; which way is chosen by the numbers given.</summary>
internal sealed class Speller(IReadOnlyList<int> choices)
{
    private int _next;

    /// <summary>The secret in one of its forms, each byte escaped in one of the ways or not at all, and then all of it once more.</summary>
    public byte[] SpellTwice(byte[] secret) => SpellAgain(Spell(secret));

    /// <summary>The secret in one of its forms, each byte escaped in one of the ways or not at all.</summary>
    public byte[] Spell(byte[] secret) => Choose(12) switch
    {
        0 => SpellList(secret),
        1 => Spell(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(secret)), anyCase: true),
        2 => Spell(Encoding.BigEndianUnicode.GetBytes(Encoding.UTF8.GetString(secret)), anyCase: true),
        3 or 4 => SpellBase64(secret),
        5 => SpellBase32(secret),
        6 => Spell(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(secret)), anyCase: true),
        7 => Spell(Encoding.Latin1.GetBytes(Encoding.UTF8.GetString(secret)), anyCase: true),
        8 => SpellDoubled(secret, Choose(2) == 0 ? "\"" : "'"),
        _ => Spell(secret, anyCase: true),
    };

    private byte[] SpellDoubled(byte[] secret, string quote) =>
        Spell(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(secret).Replace(quote, quote + quote, StringComparison.Ordinal)), anyCase: true);

    // One decoder's escapes, as it will read them: of what begins one, always.
    private byte[] SpellAgain(byte[] spelled)
    {
        var (kind, share) = ("%\\&="[Choose(4)], Choose(4));
        return
        [
            .. spelled.SelectMany(value => value == kind || (value < 0x80 && Choose(4) < share) ? Encoding.ASCII.GetBytes(kind switch
            {
                '%' => $"%{value:X2}",
                '=' => $"={value:X2}",
                '&' => value == '&' ? "&amp;" : $"&#{value};",
                _ => value == '\\' ? "\\\\" : $"\\u{value:x4}",
            }) : [value]),
        ];
    }

    private int Choose(int count) => choices[_next++ % choices.Count] % count;

    private byte[] SpellList(byte[] secret)
    {
        var notation = Choose(5);
        string[] separators = ["", ":", ", ", " ", "-", ",\n      ", "\r\n", "\", \"", "%2C", "\\t", "&#58;", "\\3a "];
        var separator = separators[Choose(separators.Length)];
        var list = Encoding.ASCII.GetBytes(string.Join(separator, secret.Select(value => notation switch
        {
            0 => $"{value:X2}",
            1 => $"0x{value:x2}",
            2 => $"{value}",
            3 => $"{(sbyte)value}",
            _ => Convert.ToString(value, 8).PadLeft(3, '0'),
        })));
        return Choose(3) == 0 ? Spell(list, anyCase: true) : list;
    }

    private byte[] SpellBase32(byte[] secret)
    {
        var alphabet = Choose(2) == 0 ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" : "0123456789ABCDEFGHIJKLMNOPQRSTUV";
        byte[] whole = [.. Enumerable.Range(0, Choose(6)).Select(_ => (byte)Choose(256)), .. secret, .. Enumerable.Range(0, Choose(6)).Select(_ => (byte)Choose(256))];
        var digits = string.Concat(whole.Select(value => $"{value:b8}")).Chunk(5).Select(digit => alphabet[Convert.ToInt32(new string(digit).PadRight(5, '0'), 2)]);
        return Spell(Encoding.ASCII.GetBytes([.. digits]), anyCase: true);
    }

    private byte[] SpellBase64(byte[] secret)
    {
        var around = Enumerable.Range(0, 8).Select(_ => (byte)Choose(256)).ToArray();
        byte[] whole = [.. around[..Choose(5)], .. secret, .. around[..Choose(5)]];
        var base64 = Convert.ToBase64String(whole);
        if (Choose(2) == 0)
        {
            base64 = base64.TrimEnd('=');
        }

        if (Choose(2) == 0)
        {
            base64 = base64.Replace('+', '-').Replace('/', '_');
        }

        var line = Choose(3) == 0 ? 1 + Choose(20) : int.MaxValue;
        string[] breaks = ["\r\n", "\n", "\\n", "\\r\\n", "%0d%0A", "&#13;&#xA;", "\n\n", "\r\\u000a"];
        var wrapped = base64.Chunk(line).SelectMany(characters => (byte[])
            [.. Spell(Encoding.ASCII.GetBytes(characters), anyCase: false), .. Encoding.ASCII.GetBytes(breaks[Choose(breaks.Length)])]);
        return [.. wrapped];
    }

    private byte[] Spell(byte[] bytes, bool anyCase)
    {
        var escaped = Choose(3);
        var text = new List<byte>();
        for (var rest = bytes.AsSpan(); !rest.IsEmpty;)
        {
            var size = 1;
            if (escaped == 0 || (escaped == 1 && Choose(3) > 0))
            {
                text.Add(anyCase && char.IsAsciiLetter((char)rest[0]) && Choose(2) == 0 ? (byte)(rest[0] ^ 0x20) : rest[0]);
            }
            else
            {
                var isCharacter = Rune.DecodeFromUtf8(rest, out var rune, out var length) == System.Buffers.OperationStatus.Done && Choose(2) == 0;
                size = isCharacter ? length : 1;
                var spellings = isCharacter ? SpellingsOf(rune) : SpellingsOf(rest[0]);
                text.AddRange(Encoding.Latin1.GetBytes(spellings[Choose(spellings.Count)]));
            }

            rest = rest[size..];
        }

        return [.. text];
    }

    private static List<string> SpellingsOf(Rune rune) =>
    [
        string.Concat(rune.ToString().Select(unit => $"\\u{(int)unit:x4}")),
        string.Concat(rune.ToString().Select(unit => $"\\u{(int)unit:X4}")),
        $"\\u{{{rune.Value:x}}}",
        $"\\U{rune.Value:X8}",
        $"\\{rune.Value:x} ",
        $"&#{rune.Value};",
        $"&#0{rune.Value};",
        $"&#x000000{rune.Value:x};",
        $"&#X{rune.Value:X};",
    ];

    private static List<string> SpellingsOf(byte value)
    {
        List<string> spellings =
        [
            $"%{value:x2}", $"%{value:X2}", $"%25{value:x2}", $"%25{value:X2}", $"\\u{value:x4}", $"\\u{value:X4}", $"\\x{value:x2}", $"\\X{value:X2}",
            $"={value:X2}", $"={value:x2}", $"=\r\n={value:X2}", $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}", $"\\{value:x2} ", $"\\{value:X6}", $"\\x{{{value:x}}}",
            $"&#{value};", $"&#000000{value};", $"&#x{value:x};", $"&#x000000{value:X};",
        ];
        spellings.AddRange((char)value switch
        {
            ' ' => ["+"],
            '&' => ["&amp;", "&AMP;"],
            '<' => ["&lt;"],
            '>' => ["&gt;"],
            '"' => ["&quot;", "\\\""],
            '\'' => ["&apos;", "\\'"],
            '\\' => ["\\\\"],
            '/' => ["\\/", "&sol;"],
            '_' => ["&lowbar;", "\\_"],
            '.' or '-' or '$' => [$"\\{(char)value}"],
            '\u00e9' => ["&eacute;"],
            '\n' => ["\\n"],
            '\r' => ["\\r"],
            '\t' => ["\\t"],
            '\b' => ["\\b"],
            '\f' => ["\\f"],
            _ => [],
        });
        return spellings;
    }
}
