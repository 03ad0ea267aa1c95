using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>What can be checked of docs/decisions/0064-plain-words.md: how long sentences get, and words that are not used.</summary>
public sealed partial class PlainEnglishTests
{
    private const int MostWords = 25;

    // Names of HTML's entities: a list, and not a sentence.
    private static readonly string[] _lists = ["src/Sanctum.Vault/Egress/Scrubbing/EntityNames.cs"];

    // Its table shows what is not said any more.
    private static readonly string[] _aboutWords = ["docs/decisions/0064-plain-words.md"];

    // Words that begin the rest of the test above, and not a sentence.
    private static readonly string[] _fragments = ["And", "Or", "But", "Nor", "So", "Also", "Not", "Of"];

    // Decisions are notes, and figures have their conditions in one sentence.
    private static readonly string[] _notes = ["docs/decisions/", "docs/benchmarks.md", "CHANGELOG.md"];

    private static readonly List<string> _sources = [.. Repository.Files("src", ".cs").Except(_lists)];

    private static readonly List<Prose> _messages = [.. _sources.SelectMany(Prose.Messages)];

    private static readonly List<Prose> _documents = [.. Repository.Files(string.Empty, ".md").Except(_aboutWords).SelectMany(Prose.Document)];

    [Fact]
    public void No_message_has_more_than_25_words() => Holds(_messages.Where(message => message.Words > MostWords).Select(message => $"{message.Words} words: {message}"));

    [Fact]
    public void No_sentence_of_a_summary_has_more_than_25_words()
    {
        var sentences = _sources.SelectMany(Prose.Summaries).ToList();
        Assert.True(sentences.Count > 1000, $"only {sentences.Count} sentences were found");
        Holds(sentences.Where(sentence => sentence.Words > MostWords).Select(sentence => $"{sentence.Words} words: {sentence}"));
    }

    [Fact]
    public void No_sentence_of_a_document_has_more_than_25_words()
    {
        var sentences = Repository.Files(string.Empty, ".md").Where(file => !_notes.Any(file.StartsWith)).SelectMany(Prose.Sentences).ToList();
        Assert.True(sentences.Count > 1500, $"only {sentences.Count} sentences were found");
        Holds(sentences.Where(sentence => sentence.Words > MostWords).Select(sentence => $"{sentence.Words} words: {sentence}"));
    }

    [Fact]
    public void Messages_and_documents_use_the_usual_words()
    {
        Assert.True(_messages.Count > 1000, $"only {_messages.Count} messages were found");
        Assert.True(_documents.Count > 1000, $"only {_documents.Count} lines were found");
        Holds(_messages.Concat(_documents).SelectMany(PlainWords.Flaws));
    }

    [Fact]
    public void What_throws_is_called_require_and_not_demand() =>
        Holds(from path in Repository.Files("src", ".cs") from match in Demands.Matches(Repository.Text(path)) select $"{path}: {match.Value}");

    [Fact]
    public void Comments_call_people_they_and_agents_it() =>
        Holds(from path in Repository.Files("src", ".cs").Concat(Repository.Files("test", ".cs"))
              from match in PeopleInComments.Matches(Repository.Text(path))
              select $"{path}: {match.Value.Trim()}");

    /// <summary>Whether a name is a whole sentence, people have to see; these are the fragments that a program can see.</summary>
    [Fact]
    public void No_name_of_a_test_is_a_fragment()
    {
        var names = (from path in Repository.Files("test", ".cs") from match in Tests.Matches(Repository.Text(path)) select (path, Words: match.Groups["name"].Value.Split('_'))).ToList();
        Assert.True(names.Count > 1000, $"only {names.Count} names were found");
        Holds(from test in names where test.Words.Length < 3 || _fragments.Contains(test.Words[0]) select $"{test.path}: {string.Join('_', test.Words)}");
    }

    [Theory]
    [InlineData("the session is over", false)]
    [InlineData("the body is over 5 MB", true)]
    [InlineData("ask the operator what he allowed", false)]
    [InlineData("ask the operator what they allowed", true)]
    [InlineData("'x' is there twice", false)]
    [InlineData("a header name that is none", false)]
    [InlineData("the daemon did not answer", false)]
    [InlineData("the vault is sealed", true)]
    [InlineData("the sealed records are there", false)]
    public void A_turn_that_is_not_used_is_found(string text, bool plain) => Assert.Equal(plain, !PlainWords.Flaws(new Prose("x.cs", 1, text)).Any());

    private static void Holds(IEnumerable<string> flaws)
    {
        var all = flaws.ToList();
        Assert.True(all.Count == 0, $"{all.Count} flaws:\n{string.Join('\n', all)}");
    }

    [GeneratedRegex(@"\bDemand[A-Z]\w*\(")]
    private static partial Regex Demands { get; }

    [GeneratedRegex(@"(?<![:\w""])/{2}.*\b(he|him|his|himself|she|her|herself)\b", RegexOptions.IgnoreCase)]
    private static partial Regex PeopleInComments { get; }

    [GeneratedRegex(@"\[(?:Fact|Theory)\b[^\n]*\n(?:[ \t]*(?:\[|//)[^\n]*\n)*[ \t]*public (?:async |static )*(?:void|Task|ValueTask) (?<name>\w+)\(")]
    private static partial Regex Tests { get; }
}
