using System.Buffers;
using System.Text;
using System.Text.Json;
using Sanctum.Mcp.Wrapping.Cleaning;

namespace Sanctum.Mcp.Tests.Wrapping;

/// <summary>What a person does not see, and what a terminal obeys, is shown.</summary>
public sealed class HiddenTextTests
{
    public static readonly TheoryData<string, string> Texts = new()
    {
        { "plain\ttext\r\n", "plain\ttext\r\n" },
        { "\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m" },
        { "\u009b31m", "\\u{9b}31m" },
        { "a\u0008b\u007fc\fd\0", "a\\u{8}b\\u{7f}c\\u{c}d\\u{0}" },
        { "safe\u202ecod.exe", "safe\\u{202e}cod.exe" },
        { "\u2066hidden\u2069 \u200f\u061c", "\\u{2066}hidden\\u{2069} \\u{200f}\\u{61c}" },
        { "ze\u200bro\ufeff\u2060", "ze\\u{200b}ro\\u{feff}\\u{2060}" },
        { "tag\U000e0068\U000e0069", "tag\\u{e0068}\\u{e0069}" },
        { "a\u200db\u200cc", "a\\u{200d}b\\u{200c}c" },
        { "so\u00adft\u034f\u3164\uffa0\u2028", "so\\u{ad}ft\\u{34f}\\u{3164}\\u{ffa0}\\u{2028}" },
        { "x\ufe0f\U000e0100", "x\\u{fe0f}\\u{e0100}" },

        // What is seen, or belongs to what is seen.
        { "👩‍👩‍👧 ❤️‍🔥 1️⃣ ☎︎", "👩‍👩‍👧 ❤️‍🔥 1️⃣ ☎︎" },
        { "می‌خواهم क्‍ष 葛\U000e0100", "می‌خواهم क्‍ष 葛\U000e0100" },
        { "العربية ٪ \u0600", "العربية ٪ \u0600" },
        { "日本語 Ünïcode ﬁ \ue0b0", "日本語 Ünïcode ﬁ \ue0b0" },

        // Bytes smuggled in selectors and joiners: one may stay, no second.
        { "😀\ufe0f\ufe0f", "😀\ufe0f\\u{fe0f}" },
        { "😀\U000e0101\U000e0102", "😀\U000e0101\\u{e0102}" },
        { "é\u200d\u200c\u200dé", "é\\u{200d}\\u{200c}\\u{200d}é" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Hidden_characters_are_shown_escaped(string text, string shown) => Assert.Equal(shown, HiddenText.Show(text));

    [Theory]
    [MemberData(nameof(Texts))]
    public void In_JSON_however_they_are_spelled(string text, string shown)
    {
        var escaped = string.Concat(text.Select(c => $"\\u{(int)c:x4}"));
        foreach (var json in new[] { JsonSerializer.Serialize(text), $"{{\"{escaped}\":[1.50,\"{escaped}\",null]}}", JsonSerializer.Serialize(text, JsonText.Readable) })
        {
            var output = new ArrayBufferWriter<byte>();
            var bytes = Encoding.UTF8.GetBytes(json);
            var count = HiddenText.ShowInJson(bytes, output);
            var read = JsonElement.Parse(count > 0 ? output.WrittenSpan : bytes);

            Assert.Equal(text != shown, count > 0);
            Assert.Equal(shown, read.ValueKind == JsonValueKind.String ? read.GetString() : read.EnumerateObject().Single().Name);
            Assert.Equal(shown, read.ValueKind == JsonValueKind.String ? shown : read.EnumerateObject().Single().Value[1].GetString());
        }
    }

    [Theory]
    [InlineData("""{"a":"\\u202e \\b \" \/","n":1.0e5}""")]
    [InlineData("""{"lone":"\ud800 and \udc00"}""")]
    public void What_is_not_hidden_stays_byte_by_byte(string json) => Assert.Equal(0, HiddenText.ShowInJson(Encoding.UTF8.GetBytes(json), new ArrayBufferWriter<byte>()));

    private static class JsonText
    {
        public static JsonSerializerOptions Readable { get; } = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    }
}
