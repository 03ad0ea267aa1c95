using System.Diagnostics;
using CsCheck;
using Sanctum.Policies;
using Sanctum.Text;

namespace Sanctum.Tests.Policies;

public sealed class GlobTests
{
    [Theory]
    [InlineData("openai/api_key", "openai/api_key", true)]
    [InlineData("openai/api_key", "openai/api_key2", false)]
    [InlineData("openai/api_key", "OpenAI/api_key", false)]
    [InlineData("openai/*", "openai/api_key", true)]
    [InlineData("openai/*", "openai/team/api_key", true)]
    [InlineData("openai/*", "openai/", true)]
    [InlineData("openai/*", "openai", false)]
    [InlineData("openai/*", "not/openai/api_key", false)]
    [InlineData("*", "anything/at/all", true)]
    [InlineData("*/api_key", "a/b/api_key", true)]
    [InlineData("*/api_key", "a/b/api_key/old", false)]
    [InlineData("db-?/password", "db-1/password", true)]
    [InlineData("db-?/password", "db-/password", false)]
    [InlineData("db-?/password", "db-12/password", false)]
    [InlineData("a?c", "a/c", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*b*c", "aXcYb", false)]
    public void A_star_is_any_run_and_a_question_mark_is_one_character(string pattern, string text, bool matches) =>
        Assert.Equal(matches, new Glob(pattern).Matches(text));

    [Fact]
    public void Characters_that_a_culture_would_ignore_are_compared_like_any_other() =>
        Assert.False(new Glob("openai*").Matches("open\u200dai"));

    [Fact]
    public void It_agrees_with_the_definition_on_every_pattern_and_text()
    {
        var text = Gen.Char["ab/"].Array[0, 9].Select(letters => new string(letters));
        var pattern = Gen.Char["ab/*?"].Array[0, 9].Select(letters => new string(letters));
        Gen.Select(pattern, text).Sample((p, t) => new Glob(p).Matches(t) == Defined(p, t), iter: 50_000);
    }

    [Fact]
    public void A_pattern_made_to_be_slow_is_not()
    {
        var glob = new Glob(string.Concat(Enumerable.Repeat("*a", 200)) + "*b");
        var text = new string('a', 512);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 100; i++)
        {
            Assert.False(glob.Matches(text));
        }

        // 100 times 512 characters by 400: well under a second. Backtracking would not end in this century.
        Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"{clock.Elapsed}");
    }

    private static bool Defined(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text) => pattern switch
    {
        [] => text.IsEmpty,
        ['*', .. var rest] => Defined(rest, text) || (!text.IsEmpty && Defined(pattern, text[1..])),
        [var first, .. var rest] => !text.IsEmpty && (first == '?' || first == text[0]) && Defined(rest, text[1..]),
    };
}
