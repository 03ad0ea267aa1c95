using System.Text;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Tests;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("plain é text", "plain é text")]
    [InlineData("\u001b[2Jgone", "\\x1b[2Jgone")]
    [InlineData("a\u009bb", "a\\x9bb")]
    [InlineData("a\rb\tc", "a\\x0db\\x09c")]
    [InlineData("two\nlines", "two\nlines")]
    [InlineData("ab\u202ecd", "ab\\x202ecd")]
    public void Text_from_elsewhere_can_not_drive_the_terminal(string text, string shown) => Assert.Equal(shown, Style.Clean(text));

    [Theory]
    [InlineData("secret\r", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("sekr\u007f\u007fcret\n", "secret")]
    [InlineData("pä\u007fass\n", "pass")]
    [InlineData("\u007f\u007fpass\n", "pass")]
    [InlineData("wrong\u0015right\n", "right")]
    [InlineData("\n", "")]
    public void What_is_typed_can_be_corrected(string keys, string line) => Assert.Equal(line, Type(keys));

    [Theory]
    [InlineData("sec\u0003")]
    [InlineData("sec\u0004")]
    [InlineData("sec")]
    public void Typing_can_be_broken_off(string keys) => Assert.Throws<OperationCanceledException>(() => Type(keys));

    [Fact]
    public void More_than_fits_is_refused_and_not_cut() => Assert.Throws<IOException>(() => Type(new string('x', 65) + "\n"));

    [Theory]
    [InlineData("word", 4)]
    [InlineData("word\n", 4)]
    [InlineData("word\r\n", 4)]
    [InlineData("word\n\n", 5)]
    [InlineData("\n", 0)]
    public void One_newline_at_the_end_was_not_meant(string text, int length) =>
        Assert.Equal(length, Passphrases.LengthWithoutNewline(Encoding.UTF8.GetBytes(text)));

    private static string Type(string keys)
    {
        var line = new byte[64];
        return Encoding.UTF8.GetString(line, 0, SecretPrompt.ReadLine(new MemoryStream(Encoding.UTF8.GetBytes(keys)), line));
    }
}
