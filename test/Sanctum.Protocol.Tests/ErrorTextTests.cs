using System.Text;
using CsCheck;
using Sanctum.Protocol.Framing;

namespace Sanctum.Protocol.Tests;

public sealed class ErrorTextTests
{
    [Theory]
    [InlineData("there is no agent 'größe' \u2014 ☃ 😀", "there is no agent 'größe' \u2014 ☃ 😀")]
    [InlineData("a\u001b[2Jb", "a?[2Jb")]
    [InlineData("a\0b\r\nc\u0085d\u007fe", "a?b??c?d?e")]
    [InlineData("a\u202eb\u2066c\u200bd\ufeffe", "a?b?c?d?e")]
    [InlineData("a\u2028b\u2029c", "a?b?c")]
    [InlineData("a\ue000b", "a?b")]
    public void What_is_not_shown_as_itself_is_a_question_mark(string text, string expected) => Assert.Equal(expected, ErrorText.Clean(text));

    [Fact]
    public void Half_a_character_is_a_question_mark() => Assert.Equal("a?b", ErrorText.Clean("a\ud800b"));

    [Fact]
    public void A_long_text_is_cut_and_says_so()
    {
        var clean = ErrorText.Clean(new string('x', 5000), 100);
        Assert.Equal((100, true), (clean.Length, clean.EndsWith("x...", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_error_is_longer_than_an_error_may_be_whatever_it_says() => Gen.Select(Gen.Char.Array[0, 3000], Gen.Int[1, 4000]).Sample((letters, times) =>
    {
        var text = string.Concat(Enumerable.Repeat(new string(letters), (times / (letters.Length + 1)) + 1));
        using var buffer = new FrameBuffer();
        FrameWriter.WriteError(buffer, 1, jsonRpc: true, new RpcError("CODE", text, text, text, text, RpcContext.Of(new Dictionary<string, object>
        {
            ["one"] = text,
            ["two"] = text,
            ["three"] = text,
        })));
        Assert.InRange(buffer.PayloadLength, 1, FrameLimits.Error);
        var error = RpcReply.Parse(buffer.Frame[FrameLimits.Prefix..]).Error!;
        Assert.Equal("CODE", error.Code);
        Assert.All(error.Message, letter => Assert.False(char.IsControl(letter)));
    }, iter: 200);
}
