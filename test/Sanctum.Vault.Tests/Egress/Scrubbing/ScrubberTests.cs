using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sanctum.Egress.Scrubbing;
using static Sanctum.Tests.Egress.Scrubbing.Scrubbing;

namespace Sanctum.Tests.Egress.Scrubbing;

public sealed class ScrubberTests
{
    private const string Secret = "s3cr3t/+\"Kéy\" <&'\\> 😀\n=";

    /// <summary>Encoders that an upstream may have.</summary>
    public static readonly TheoryData<string, Func<string, string>> Encoders = new()
    {
        { "none", text => text },
        { "upper case", text => string.Concat(text.Select(letter => char.IsAsciiLetter(letter) ? char.ToUpperInvariant(letter) : letter)) },
        { "a URL's path", Uri.EscapeDataString },
        { "a URL in a URL", text => Uri.EscapeDataString(Uri.EscapeDataString(text)) },
        { "a form", WebUtility.UrlEncode },
        { "HTML", WebUtility.HtmlEncode },
        { "HTML, all of it", HtmlEncoder.Default.Encode },
        { "JSON", text => JsonSerializer.Serialize(text)[1..^1] },
        { "JSON, almost as it is", JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode },
        { "JSON with slashes as PHP writes them", text => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text).Replace("/", "\\/", StringComparison.Ordinal) },
        { "JavaScript", text => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => $"\\x{value:x2}")) },
        { "hex", text => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)) },
        { "HEX", text => Convert.ToHexString(Encoding.UTF8.GetBytes(text)) },
        { "base64", text => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) },
        { "base64 of user:secret", text => Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + text)) },
        { "base64 of login:secret:more", text => Convert.ToBase64String(Encoding.UTF8.GetBytes("login:" + text + ":more")) },
        { "base64 for a URL", text => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new string('?', 7) + text)) },
        { "base64 in a form", text => Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes("??" + text))) },
        { "base64 as PHP writes it to JSON", text => Convert.ToBase64String(Encoding.UTF8.GetBytes("??" + text)).Replace("/", "\\/", StringComparison.Ordinal) },
        { "base64 in lines", text => Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', 50) + text), Base64FormattingOptions.InsertLineBreaks) },
        { "base64 in lines in JSON", text => JsonSerializer.Serialize(Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('x', 49) + text), Base64FormattingOptions.InsertLineBreaks))[1..^1] },
        { "base64 in lines of one", text => string.Join('\n', Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).AsEnumerable()) },
        { "UTF-16", text => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text)) },
        { "UTF-16, big-endian", text => Encoding.Latin1.GetString(Encoding.BigEndianUnicode.GetBytes(text)) },
        { "JSON in JSON", text => JsonSerializer.Serialize(JsonSerializer.Serialize(text))[3..^3] },
        { "JSON in JSON with slashes as PHP writes them", text => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text).Replace("/", "\\/", StringComparison.Ordinal)).Replace("/", "\\/", StringComparison.Ordinal) },
        { "HTML in JSON", text => JsonSerializer.Serialize(WebUtility.HtmlEncode(text))[1..^1] },
        { "JSON in HTML", text => WebUtility.HtmlEncode(JsonSerializer.Serialize(text)[1..^1]) },
        { "HTML in HTML", text => WebUtility.HtmlEncode(WebUtility.HtmlEncode(text)) },
        { "a URL in JSON in HTML's attribute", text => WebUtility.HtmlEncode(Uri.EscapeDataString(text)) },
        { "JSON in a URL", text => Uri.EscapeDataString(JsonSerializer.Serialize(text)[1..^1]) },
        { "a form in JSON", text => JsonSerializer.Serialize(WebUtility.UrlEncode(text))[1..^1] },
        { "quoted-printable", Quoted },
        { "quoted-printable in JSON", text => JsonSerializer.Serialize(Quoted(text))[1..^1] },
        { "octal", text => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => $"\\{Convert.ToString(value, 8).PadLeft(3, '0')}")) },
        { "CSS", text => string.Concat(text.EnumerateRunes().Select(rune => $"\\{rune.Value:x} ")) },
        { "hex with colons", text => string.Join(':', Encoding.UTF8.GetBytes(text).Select(value => $"{value:x2}")) },
        { "HEX with hyphens", text => BitConverter.ToString(Encoding.UTF8.GetBytes(text)) },
        { "numbers", text => string.Join(", ", Encoding.UTF8.GetBytes(text)) },
        { "JSON of bytes, indented", text => JsonSerializer.Serialize(Encoding.UTF8.GetBytes(text).Select(value => (int)value), new JsonSerializerOptions { WriteIndented = true }).Trim('[', ']', '\n') },
        { "Java's bytes", text => string.Join(", ", Encoding.UTF8.GetBytes(text).Select(value => (sbyte)value)) },
        { "a regular expression", System.Text.RegularExpressions.Regex.Escape },
        { "CSV", text => text.Replace("\"", "\"\"", StringComparison.Ordinal) },
        { "SQL", text => text.Replace("'", "''", StringComparison.Ordinal) },
        { "UTF-8 taken for Latin-1", text => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)))) + "\0" },
        { "UTF-16 in JSON", text => JsonSerializer.Serialize(Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text)))[1..^1] },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void What_an_encoder_makes_of_the_secret_is_found(string encoder, Func<string, string> encode)
    {
        var text = Encoding.Latin1.GetString([.. "before "u8, .. BytesOf(encode(Secret)), .. " after"u8]);
        var scrubbed = Scrub(Secret, text);
        Assert.StartsWith("before ", scrubbed, StringComparison.Ordinal);
        Assert.EndsWith(" after", scrubbed, StringComparison.Ordinal);
        Assert.Contains("[REDACTED]", scrubbed, StringComparison.Ordinal);
        Assert.Empty(Definition.Occurrences(Encoding.UTF8.GetBytes(Secret), Encoding.Latin1.GetBytes(scrubbed)));

        // What is left is the text around and what base64 keeps of a neighbour: never more than it had.
        Assert.True(scrubbed.Length - "before [REDACTED] after".Length <= encode("").Length + 90, encoder);
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void What_stands_for_it_is_as_long_as_it_where_lengths_are_told_before(string encoder, Func<string, string> encode)
    {
        byte[] text = [.. "before "u8, .. BytesOf(encode(Secret)), .. " after"u8];
        var (output, found) = Scrub([Encoding.UTF8.GetBytes(Secret)], text, [1, 7, 30], keepsLength: true);
        Assert.True(found > 0, encoder);
        Assert.Equal(text.Length, output.Length);
        Assert.StartsWith("before ", Encoding.Latin1.GetString(output), StringComparison.Ordinal);
        Assert.EndsWith(" after", Encoding.Latin1.GetString(output), StringComparison.Ordinal);
        Assert.Empty(Definition.Occurrences(Encoding.UTF8.GetBytes(Secret), output));
    }

    [Fact]
    public void Occurrences_that_overlap_keep_the_length_of_both()
    {
        byte[] text = [.. "x abcabcabcabcabc y"u8];
        var (output, _) = Scrub([[.. "abcabcabcabc"u8]], text, [1], keepsLength: true);
        Assert.Equal("x *************** y", Encoding.ASCII.GetString(output));
    }

    [Theory]
    [InlineData("the secret12 itself", "the [REDACTED] itself")]
    [InlineData("SeCrEt12", "[REDACTED]")]
    [InlineData("s%65c%2572e\\u0074\\x31&#x32;", "[REDACTED]")]
    [InlineData("&#0000000115;ecret12", "&#0000000115;ecret12")]
    [InlineData("&#000000115;ecret12", "[REDACTED]")]
    [InlineData("&#x00000073;ecret12&#x00000073;", "[REDACTED]&#x00000073;")]
    [InlineData("secret12secret12", "[REDACTED][REDACTED]")]
    [InlineData("secretsecret12secret1", "secret[REDACTED]secret1")]
    [InlineData("secret 12", "secret 12")]
    [InlineData("secret1", "secret1")]
    [InlineData("ecret12", "ecret12")]
    [InlineData("se\r\ncret12", "se\r\ncret12")]
    [InlineData("%%73ecret12%", "%[REDACTED]%")]
    [InlineData("%2573ecret12", "[REDACTED]")]
    [InlineData("%252573ecret12", "[REDACTED]")]
    [InlineData("%25252573ecret12", "%25252573ecret12")]
    [InlineData("73:65:63:72:65:74:31:32", "[REDACTED]")]
    [InlineData("73 65 63 72 65 74 31 32 ", "[REDACTED] ")]
    [InlineData("7365 6372\n6574 3132", "[REDACTED]")]
    [InlineData("0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x31, 0x32", "[REDACTED]")]
    [InlineData("0X73,0X65,0X63,0X72,0X65,0X74,0X31,0X32", "[REDACTED]")]
    [InlineData("{\"type\":\"Buffer\",\"data\":[115,101,99,114,101,116,49,50]}", "{\"type\":\"Buffer\",\"data\":[[REDACTED]]}")]
    [InlineData("[\n    115,\n    101,\n    99,\n    114,\n    101,\n    116,\n    49,\n    50\n]", "[\n    [REDACTED]\n]")]
    [InlineData("115, 101, 99, 114, 101, 116, 49", "115, 101, 99, 114, 101, 116, 49")]
    [InlineData("1 15, 101, 99, 114, 101, 116, 49, 50", "1 15, 101, 99, 114, 101, 116, 49, 50")]
    [InlineData("163 145 143 162 145 164 061 062", "[REDACTED]")]
    [InlineData("\\163\\145\\143\\162\\145\\164\\61\\62", "[REDACTED]")]
    [InlineData("\\73 ecret12", "[REDACTED]")]
    [InlineData("\\000073ecret12", "[REDACTED]")]
    [InlineData("=73ecre=\r\nt12", "[REDACTED]")]
    [InlineData("ONSWG4TFOQYTE===", "[REDACTED]===")]
    [InlineData("onswg4tfoqyte", "[REDACTED]")]
    [InlineData("EDIM6SJ5EGOJ4", "[REDACTED]")]
    [InlineData("\\\\u0073ecret12", "[REDACTED]")]
    [InlineData("\\\\\\u0073ecret12", "\\\\[REDACTED]")]
    [InlineData("&amp;#115;ecret12", "[REDACTED]")]
    [InlineData("\\u0026#115;ecret12", "[REDACTED]")]
    [InlineData("%26%23115%3Becret12", "[REDACTED]")]
    [InlineData("%5Cu0073ecret12", "[REDACTED]")]
    [InlineData("=3D73ecret12", "[REDACTED]")]
    [InlineData("c2Vj=\ncmV0MTI", "[REDACTED]")]
    [InlineData("%3D73ecret12", "[REDACTED]")]
    [InlineData("736563726574312", "736563726574312")]
    [InlineData("7365637265743132", "[REDACTED]")]
    [InlineData("c2VjcmV0MTI=", "[REDACTED]=")]
    [InlineData("C2VjcmV0MTI=", "C2VjcmV0MTI=")]
    [InlineData("YTpzZWNyZXQxMg", "YT[REDACTED]")]
    [InlineData("dTpzZWNyZXQxMjp2", "dT[REDACTED]p2")]
    [InlineData("c2Vj\r\ncmV0MTI", "[REDACTED]")]
    [InlineData("c2Vj\\r\\ncmV0MTI", "[REDACTED]")]
    [InlineData("c2Vj\r\r\ncmV0MTI", "c2Vj\r\r\ncmV0MTI")]
    [InlineData("\r\nc2VjcmV0MTI\r\n", "\r\n[REDACTED]\r\n")]
    [InlineData("s\0e\0c\0r\0e\0t\u00001\u00002\0", "[REDACTED]")]
    [InlineData("s\\u0000e\\u0000c\\u0000r\\u0000e\\u0000t\\u00001\\u00002\\u0000", "[REDACTED]")]
    public void Only_the_secret_goes_and_all_of_it(string text, string scrubbed) => Assert.Equal(scrubbed, Scrub("secret12", text));

    [Theory]
    [InlineData("aaaaaaaa", "xaaaaaaaaaaaax", "x[REDACTED]x")]
    [InlineData("abcabcab", "abcabcabcabc", "[REDACTED]c")]
    [InlineData("pass word", "pass+word pass%20word", "[REDACTED] [REDACTED]")]
    [InlineData("%41%41%41", "%41%41%41 AAA %2541%2541%2541 %25%34%31%41%41", "[REDACTED] AAA [REDACTED] [REDACTED]")]
    [InlineData("\\u0041BC", "\\u0041BC ABC \\\\u0041BC", "[REDACTED] ABC [REDACTED]")]
    [InlineData("0123456789abcdefghijklmn", "0123456789abcdefghijZZZZ ZZZZ456789abcdefghijklmn", "[REDACTED]ijZZZZ ZZZZ45[REDACTED]")]
    [InlineData("0123456789abcdefghijklmn", "0123456789abcdefgZZZ ZZZZ789abcdefghijklmn", "0123456789abcdefgZZZ ZZZZ789abcdefghijklmn")]
    [InlineData("0123456789abcdef", "0123456789abcdeZ", "0123456789abcdeZ")]
    [InlineData("0123456789abcdefg", "0123456789abcdefZ Z123456789abcdefg", "[REDACTED]Z Z[REDACTED]")]
    [InlineData("say \"hello\"", "\"say \"\"hello\"\"\"", "\"[REDACTED]\"")]
    [InlineData("&amp;&amp;", "&amp;&amp; && &amp;amp;&amp;amp;", "[REDACTED] && [REDACTED]")]
    [InlineData("dXNlcjpwdw==", "Basic dXNlcjpwdw==, DXNLCJPWDW%3d%3D", "Basic [REDACTED], [REDACTED]")]
    public void What_overlaps_goes_as_one_and_a_secret_may_look_like_an_escape(string secret, string text, string scrubbed) => Assert.Equal(scrubbed, Scrub(secret, text));

    [Theory]
    [InlineData("Xyzw1234", "&#58;79:7a:77:31:32:33:34", "&#[REDACTED]")]
    [InlineData("Xyzw1234", "58&#59;79&#x3a;7a&colon;77&#44;31&#44;32&#44;33&#44;34", "[REDACTED]")]
    [InlineData("Dyzw1234", "4&#44;79&#44;7a&#44;77&#44;31&#44;32&#44;33&#44;34", "4&#[REDACTED]")]
    [InlineData(":yzw1234", "\\3a 79 7a 77 31 32 33 34", "\\[REDACTED]")]
    public void What_ends_an_escaped_separator_may_be_one_itself_and_what_is_before_it_a_number(string secret, string text, string scrubbed) =>
        Assert.Equal(scrubbed, Scrub(secret, text));

    [Fact]
    public void An_escape_may_mean_a_byte_or_a_character()
    {
        byte[] utf8 = [.. "pässwörd"u8];
        byte[] latin1 = [.. Encoding.Latin1.GetBytes("pässwörd")];
        foreach (var text in new[] { "p\\u00e4ssw&#246;rd", "p%C3%A4ssw\\xc3\\xb6rd" })
        {
            Assert.Equal("[REDACTED]"u8, Scrub([utf8], Encoding.ASCII.GetBytes(text), [1]).Output);
        }

        Assert.Equal("[REDACTED]"u8, Scrub([latin1], "p%e4ssw\\u00f6rd"u8.ToArray(), [1]).Output);
        Assert.Equal("[REDACTED]"u8, Scrub([latin1], Encoding.BigEndianUnicode.GetBytes("pässwörd"), [1]).Output);
    }

    // The first and the last bits of this secret are ones, as those are that tell what is no base64.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_character_that_is_no_base64_is_no_edge_of_the_secret(int before)
    {
        byte[] secret = [0xFF, .. "secret"u8, 0xFF];
        var base64 = Encoding.ASCII.GetBytes(Convert.ToBase64String([.. new byte[before], .. secret, 0, 0]));
        var output = Scrub([secret], base64, [1]).Output;
        var first = output.IndexOf((byte)'[');
        var last = base64.Length - (output.Length - output.IndexOf((byte)']'));
        foreach (var edge in new[] { first, last })
        {
            foreach (var otherwise in new[] { "", "%" })
            {
                byte[] text = [.. Encoding.ASCII.GetBytes(otherwise), .. base64];
                text[otherwise.Length + edge] = (byte)'!';
                Assert.Equal(text, Scrub([secret], text, [1]).Output);
            }
        }
    }

    [Fact]
    public void Several_secrets_are_looked_for_at_once_also_where_they_overlap()
    {
        var secrets = new[] { "user:password", "password", "word-and-more" }.Select(Encoding.ASCII.GetBytes);
        var (output, found) = Scrub(secrets, "password user:password passwore password-and-more"u8.ToArray(), [3]);
        Assert.Equal("[REDACTED] [REDACTED] passwore [REDACTED]", Encoding.ASCII.GetString(output));
        Assert.Equal(3, found);
    }

    [Fact]
    public void Nothing_is_held_that_can_not_become_a_secret_of_its_kind()
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        Assert.Equal("data: ", Written("data: xse"));
        Assert.Equal("", Written("\nsecret1"));
        Assert.Equal("xse\nsecret1}", Written("}%7"));
        Assert.Equal("%7}", Written("}"));
        Assert.Equal("{\"word\":\"any\"}\n", Written("{\"word\":\"any\"}\n"));
        Assert.Equal(new string('z', 1000 - 31), Written(new string('z', 1000)));

        string Written(string chunk)
        {
            var output = new ArrayBufferWriter<byte>();
            scrubber.Write(Encoding.ASCII.GetBytes(chunk), output);
            return Encoding.ASCII.GetString(output.WrittenSpan);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing")]
    [InlineData("secret1")]
    [InlineData("2 begins like the end of the one before")]
    public void A_whole_text_without_the_secret_is_not_written(string text)
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        Assert.False(scrubber.TryReplace("secret1"u8, output));
        Assert.False(scrubber.TryReplace(Encoding.ASCII.GetBytes(text), output));
        Assert.Equal((0, 0), (output.WrittenCount, scrubber.Found));
    }

    [Theory]
    [InlineData("secret12", "[REDACTED]", 1)]
    [InlineData("a=c2VjcmV0MTI=; secret12; b", "a=[REDACTED]=; [REDACTED]; b", 2)]
    [InlineData("%73ecret12", "[REDACTED]", 1)]
    public void A_whole_text_with_the_secret_is_written_without_it(string text, string expected, int found)
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        Assert.False(scrubber.TryReplace("secret1"u8, output));
        Assert.True(scrubber.TryReplace(Encoding.ASCII.GetBytes(text), output));
        Assert.Equal(expected, Encoding.ASCII.GetString(output.WrittenSpan));
        Assert.Equal(found, scrubber.Found);
    }

    [Fact]
    public void A_whole_text_of_more_than_a_block_is_searched_too()
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        var filler = new string('.', 40_000);
        Assert.True(scrubber.TryReplace(Encoding.ASCII.GetBytes($"{filler}secret12{filler}"), output));
        Assert.Equal($"{filler}[REDACTED]{filler}", Encoding.ASCII.GetString(output.WrittenSpan));
        output.ResetWrittenCount();
        Assert.False(scrubber.TryReplace(Encoding.ASCII.GetBytes(filler + filler), output));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(16 * 1024)]
    [InlineData(40_000)]
    public void What_comes_with_the_end_is_searched_like_the_rest(int before)
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("-secret12-sec", 5000)));
        var output = new ArrayBufferWriter<byte>();
        scrubber.Write(text.AsSpan(0, before), output);
        scrubber.Complete(text.AsSpan(before), output);
        Assert.Equal(string.Concat(Enumerable.Repeat("-[REDACTED]-sec", 5000)), Encoding.ASCII.GetString(output.WrittenSpan));
        Assert.Equal(5000, scrubber.Found);
    }

    [Fact]
    public void After_its_end_a_stream_begins_anew()
    {
        using var needles = NeedlesOf("secret12"u8.ToArray());
        using var scrubber = new Scrubber(needles);
        var output = new ArrayBufferWriter<byte>();
        scrubber.Write("%73ecre"u8, output);
        scrubber.Complete(output);
        scrubber.Write("t12 secret12"u8, output);
        scrubber.Complete(output);
        Assert.Equal("%73ecret12 [REDACTED]"u8, output.WrittenSpan);
    }

    [Fact]
    public void Everything_passes_if_there_is_nothing_to_look_for() =>
        Assert.Equal("%73ecret\\"u8, Scrub([], "%73ecret\\"u8.ToArray(), [1]).Output);

    // Lines of 20, which is shorter than the standard's and so has more breaks.
    private static string Quoted(string text) =>
        string.Join("=\r\n", Encoding.UTF8.GetBytes(text).Select(value => value is > 32 and < 127 and not (byte)'=' ? $"{(char)value}" : $"={value:X2}").Chunk(8).Select(line => string.Concat(line)));

    // What is not a byte already is UTF-8.
    private static byte[] BytesOf(string text) =>
        text.AsSpan().ContainsAny('\0', '\u00d8') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
}
