using Sanctum.Cli.Scans;
using Sanctum.Cli.Secrets;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Tests;

/// <summary>What is taken for a secret, and what is not.</summary>
public sealed class SecretShapeTests
{
    public static TheoryData<string> Kinds => [.. SecretShapes.All.Select(shape => shape.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_found_where_it_stands(string kind)
    {
        var finding = Assert.Single(Find($"// one\nx = '{FakeSecrets.All[kind]}'; # two\n"));

        Assert.Equal((2, kind), (finding.Line, finding.Kind));
        Assert.Equal(4, finding.Begins.Length);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_kind_is_found_inside_a_longer_word(string kind)
    {
        if (kind is "Slack webhook" or "age secret key" or "private key" or "password in a URL")
        {
            return; // What they begin with is in no word.
        }

        Assert.DoesNotContain(Find($"q{FakeSecrets.All[kind]}"), it => it.Kind == kind);
    }

    [Fact]
    public void Every_service_of_a_shape_is_in_the_catalogue() =>
        Assert.Empty(SecretShapes.All.Select(it => it.Service).OfType<string>().Except(ServiceCatalog.BuiltIn.Select(it => it.Name)));

    [Fact]
    public void A_token_with_a_wrong_checksum_is_an_example()
    {
        var token = FakeSecrets.All["GitHub token"];

        Assert.Empty(Find(token[..^1] + (token[^1] == 'x' ? 'y' : 'x')));
        Assert.True(Checksum.IsGitHubs("ghp_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17"));
    }

    [Theory]
    [InlineData("the id AKIA" + "Q7MNT2LZ5XRBWDGV stands alone")]
    [InlineData("if (line == \"-----BEGIN PRIVATE" + " KEY-----\") { return Parse(line); }")]
    [InlineData("postgres://app:changeme123@localhost/app")]
    [InlineData("https://user:${PASSWORD_OF_USER}@example.com")]
    [InlineData("eyJhbGciOiJub25lIn0x.eyJhbGciOiJub25lIn0.AAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("commit 1f3870be274f6c49b3e31a0c6728957f1f3870be")]
    [InlineData("task-force sk-learn mask-rcnn")]
    public void What_only_looks_like_one_is_none(string text) => Assert.Empty(Find(text));

    [Fact]
    public void An_example_of_aws_is_none() => Assert.Empty(Find("AKIA" + "IOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));

    [Fact]
    public void A_secret_on_the_border_of_two_parts_is_found_once_at_its_line()
    {
        const int part = 256 * 1024;
        var secret = FakeSecrets.All["OpenAI API key"];
        foreach (var before in new[] { part - 1, part, part + 1, part + SecretShapes.Longest - 100, part + SecretShapes.Longest, part + (2 * SecretShapes.Longest) - 30, part + (2 * SecretShapes.Longest), 2 * part, 3 * part + 77 })
        {
            var filler = string.Concat(Enumerable.Repeat("seventy-nine characters of nothing, then a line break: .......................\n", (before / 79) + 1))[..before];
            var finding = Assert.Single(Find($"{filler}\n{secret}\n{filler}"));
            Assert.Equal(filler.Count(it => it == '\n') + 2, finding.Line);
        }
    }

    private static List<Finding> Find(string text) => [.. new TextSearch(new StringReader(text)).Find()];
}
