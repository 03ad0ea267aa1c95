using System.Text;
using Sanctum.Cli.CommandLine;
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
    public void More_than_fits_is_refused_and_not_cut() => Assert.Throws<CliException>(() => Type(new string('x', 65) + "\n"));

    [Theory]
    [InlineData("word", 4)]
    [InlineData("word\n", 4)]
    [InlineData("word\r\n", 4)]
    [InlineData("word\n\n", 5)]
    [InlineData("\n", 0)]
    public void One_newline_at_the_end_was_not_meant(string text, int length) =>
        Assert.Equal(length, Passphrases.LengthWithoutNewline(Encoding.UTF8.GetBytes(text)));

    // What is typed, or pasted where the terminal does not mark it: all of it waits from the start.
    [Theory]
    [InlineData("secret\r", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("\n\r\nsecret\n", "secret")]
    [InlineData("[not JSON\n", "[not JSON")]
    [InlineData("{\"a\":\r\n1}\r\n", "{\"a\":\n1}")]
    [InlineData("-----BEGIN A-----\rx\r\r-----END A-----\r-----BEGIN B-----\ry\r-----END B-----", "-----BEGIN A-----\nx\n\n-----END A-----\n-----BEGIN B-----\ny\n-----END B-----")]
    [InlineData("-----BEGIN A-----\\nx\\n-----END A-----\n", "-----BEGIN A-----\\nx\\n-----END A-----")]
    [InlineData("\e[200~one\rtwo\r\nthree\n\e[201~\r", "one\ntwo\nthree")]
    [InlineData("\e[200~sec\u007fret\e[201~!\r", "sec\u007fret!")]
    public void What_is_pasted_is_taken_to_its_end(string keys, string text) => Assert.Equal(text, Type(keys, takesLines: true));

    [Theory]
    [InlineData("one\ntwo\n")]
    [InlineData("one\r\n\r\ntwo")]
    [InlineData("{\"a\":1}\nmore\n")]
    [InlineData("-----BEGIN A-----\nx\n-----END A-----\nmore\n")]
    [InlineData("-----BEGIN A-----\nx\n\n")]
    [InlineData("{\n\"a\":\n\n")]
    public void What_has_no_end_that_is_known_is_refused_and_not_cut(string keys) => Assert.Throws<CliException>(() => Type(keys, takesLines: true));

    [Fact]
    public void A_passphrase_is_one_line_also_where_more_were_pasted()
    {
        Assert.Throws<CliException>(() => Type("\e[200~one\rtwo\e[201~"));
        Assert.Equal("one", Type("\e[200~one\r\e[201~\r"));
    }

    private static string Type(string keys, bool takesLines = false)
    {
        var (line, typed) = (new byte[takesLines ? 1024 : 64], new MemoryStream(Encoding.UTF8.GetBytes(keys)));
        var length = new TypedSecret(typed, () => typed.Position < typed.Length, _ => { }, line, takesLines).Read();
        return Encoding.UTF8.GetString(line, 0, length);
    }
}
