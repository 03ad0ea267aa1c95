using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Credentials;

public sealed class NameTests
{
    private static readonly string[] Never =
    [
        "", " ", "a b", "a\0", "a\n", "a\r", "\u0430", "ａ", "a\u200b", "\u202ea", "é", "e\u0301", "\u212a", "٣", "a\\b", "a%2e", "a:b", "a*", "a?",
        "a|1", "a,b", "~", "a\ud800", "😀", "a;b", "a@b",
    ];

    public static TheoryData<string> NoPaths =>
    [
        .. Never, "/", "/a", "a/", "a//b", "//", ".", "..", "a/..", "../a", "a/./b", "a/../b", "a／b", "a∕b", "a/․․/b", new string('a', 513),
    ];

    public static TheoryData<string> Paths =>
        ["a", "A", "0", "-", "_", "...", "a/b", "a.b/c-d_e", "..a", "a..", ".a/.b", "a/...", "openai/api_key", new string('a', 512)];

    public static TheoryData<string> NoAgents => [.. Never, "a.b", "a/b", ".", new string('a', 65)];

    public static TheoryData<string> Agents => ["a", "A", "0", "-", "_", "build-bot_2", new string('a', 64)];

    [Theory]
    [MemberData(nameof(NoPaths))]
    public void A_text_that_breaks_the_rule_is_no_path(string text)
    {
        Assert.False(CredentialPath.TryParse(text, out _));
        Refused.With(VaultErrorCode.InvalidParams, () => CredentialPath.Parse(text));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_valid_path_is_taken_as_it_stands(string text) => Assert.Equal(text, CredentialPath.Parse(text).Value);

    [Theory]
    [MemberData(nameof(NoAgents))]
    public void A_text_that_breaks_the_rule_is_no_agents_name(string text) => Refused.With(VaultErrorCode.InvalidParams, () => AgentName.Parse(text));

    [Theory]
    [MemberData(nameof(Agents))]
    public void A_valid_agents_name_is_taken_as_it_stands(string text) => Assert.Equal(text, AgentName.Parse(text).Value);

    [Fact]
    public void An_empty_text_is_no_name()
    {
        Assert.False(CredentialPath.TryParse(null, out _));
        Assert.False(AgentName.TryParse(null, out _));
    }

    [Fact]
    public void Names_differ_by_case() =>
        Assert.NotEqual(CredentialPath.Parse("A/b"), CredentialPath.Parse("a/b"));
}
