using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;

namespace Sanctum.Cli.Tests;

/// <summary>.env files as people have them.</summary>
public sealed class DotenvTests
{
    [Theory]
    [InlineData("A=b", "b")]
    [InlineData("  export\tA = b  ", "b")]
    [InlineData("A=b # comment", "b")]
    [InlineData("A=b#c", "b#c")]
    [InlineData("A=# comment", "")]
    [InlineData("A=", "")]
    [InlineData("A=b c", "b c")]
    [InlineData("A=b=c==", "b=c==")]
    [InlineData("A='b # c'", "b # c")]
    [InlineData("A='b\\nc' # comment", "b\\nc")]
    [InlineData("A=\"b\\nc\\\"d\\\\\"", "b\nc\"d\\")]
    [InlineData("A=\"line 1\nline 2\"", "line 1\nline 2")]
    [InlineData("A='line 1\r\nline 2'\r\n", "line 1\r\nline 2")]
    [InlineData("A=`it's \"b\"`", "it's \"b\"")]
    [InlineData("A=b\r\n", "b")]
    [InlineData("A.b-C_1=x", "x")]
    [InlineData("A=päss wörd", "päss wörd")]
    public void A_value_is_what_loaders_make_of_it(string text, string value)
    {
        var entry = Assert.Single(DotenvParser.Read(text));

        Assert.Null(entry.Flaw);
        Assert.Equal(value, entry.Value);
    }

    [Theory]
    [InlineData("# A=b")]
    [InlineData("")]
    [InlineData("\r\n\n  \t\n")]
    [InlineData("export A")]
    public void Comments_and_empty_lines_are_no_assignments(string text) => Assert.Empty(DotenvParser.Read(text));

    [Theory]
    [InlineData("A=\"b\nC=d", "its quote is not closed")]
    [InlineData("A='b' c\nC=d", "something follows its closing quote")]
    [InlineData("what is this\nC=d", "it is not NAME=value")]
    [InlineData("=b\nC=d", "it is not NAME=value")]
    [InlineData("A B=c\nC=d", "it is not NAME=value")]
    public void A_malformed_line_is_named_and_the_next_one_is_read(string text, string flaw)
    {
        var entries = DotenvParser.Read(text);

        Assert.Equal((1, flaw), (entries[0].Line, entries[0].Flaw));
        Assert.Equal((2, "C", "d"), (entries[1].Line, entries[1].Name, entries[1].Value));
    }

    [Theory]
    [InlineData("A=${B}c", true)]
    [InlineData("A=\"x$B\"", true)]
    [InlineData("A=$(cat file)", true)]
    [InlineData("A='${B}'", false)]
    [InlineData("A=\"\\${B}\"", false)]
    [InlineData("A=pa$5w", false)]
    [InlineData("A=cost$", false)]
    public void A_value_that_refers_to_another_variable_is_known(string text, bool refers) =>
        Assert.Equal(refers, Assert.Single(DotenvParser.Read(text)).RefersToAnother);

    [Fact]
    public void Lines_are_counted_through_values_of_several_lines() =>
        Assert.Equal([1, 4, 6], DotenvParser.Read("A='1\n2\n3'\nB=x\n\nC=y").Select(it => it.Line));

    [Theory]
    [InlineData("\uFEFF# c\r\nexport A=\"old\" # why\r\n\r\nB = 'o\nld'\r\nbroken line\nC=keep", "\uFEFF# c\r\nexport A=new # why\r\n\r\nB = new\r\nbroken line\nC=keep")]
    public void All_but_the_value_stays_as_it_is(string before, string after)
    {
        var file = DotenvFile.Of("f", "FILE", Encoding.UTF8.GetBytes(before));

        var written = file.With(file.Entries.Where(it => it.Name is "A" or "B").ToDictionary(it => it, _ => "new"));

        Assert.Equal(after, Encoding.UTF8.GetString(written));
    }

    [Fact]
    public void What_is_no_utf_8_is_refused()
    {
        Assert.Contains("UTF-16", Assert.Throws<CliException>(() => DotenvFile.Of("f", "FILE", [0xFF, 0xFE, (byte)'A', 0])).Message, StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Assert.Throws<CliException>(() => DotenvFile.Of("f", "FILE", [(byte)'A', (byte)'=', 0xE9])).Message, StringComparison.Ordinal);
    }
}
