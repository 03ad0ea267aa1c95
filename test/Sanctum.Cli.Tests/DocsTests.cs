using System.Text.Json;

namespace Sanctum.Cli.Tests;

/// <summary><c>sanctum docs</c>: what an error points to can be read where there is nothing but the executable.</summary>
public sealed class DocsTests
{
    [Fact]
    public async Task Every_page_is_listed_and_printed()
    {
        await using var folder = new CliFolder();
        var pages = (await folder.DoAsync("docs")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(["admin-api", "analyzers", "architecture", "benchmarks"], pages.Take(4));
        foreach (var page in pages)
        {
            Assert.StartsWith("# ", await folder.DoAsync($"docs {page}"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ACCESS_DENIED")]
    [InlineData("docs/errors.md#access_denied")]
    [InlineData("https://example.org/docs/errors.md#access_denied")]
    [InlineData("errors#ACCESS_DENIED")]
    public async Task An_error_is_explained_by_its_code_and_by_its_docs_url(string asked)
    {
        await using var folder = new CliFolder();
        var shown = await folder.DoAsync($"docs {asked}");

        Assert.StartsWith("## ACCESS_DENIED\n", shown, StringComparison.Ordinal);
        Assert.Contains("sanctum policy simulate", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("## CREDENTIAL_NOT_FOUND", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_code_that_the_daemon_sends_is_explained()
    {
        await using var folder = new CliFolder();
        foreach (var code in typeof(Protocol.ErrorCode).GetFields().Select(field => (string)field.GetValue(null)!))
        {
            Assert.StartsWith($"## {code}\n", await folder.DoAsync($"docs {code}"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_section_has_those_below_it_and_its_links_are_words()
    {
        await using var folder = new CliFolder();
        var shown = await folder.DoAsync("docs cli#credentials");

        Assert.StartsWith("## Credentials\n", shown, StringComparison.Ordinal);
        Assert.Contains("\n### Looking for secrets\n", shown, StringComparison.Ordinal);
        Assert.Contains("\n# shop ", shown, StringComparison.Ordinal); // A comment in an example, and no heading.
        Assert.DoesNotContain("](", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eror", "there is no page 'eror'", "did you mean 'errors'?")]
    [InlineData("sk-live-0123456789abcdef", "there is no such page", "'sanctum docs' lists the pages")]
    [InlineData("errors#acces_denied", "page 'errors' has no section 'acces_denied'", "did you mean 'access_denied'?")]
    public async Task What_there_is_no_page_of_is_refused_with_the_nearest(string asked, string says, string hint)
    {
        await using var folder = new CliFolder();
        var refused = await folder.RunAsync($"docs {asked}");

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.Contains(hint, refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_a_document_it_has_the_names_that_programs_rely_on()
    {
        await using var folder = new CliFolder();
        var page = await folder.JsonAsync("docs errors#vault_locked");

        Assert.Equal(("errors", "vault_locked", JsonValueKind.Null), (page.GetProperty("page").GetString(), page.GetProperty("section").GetString(), page.GetProperty("pages").ValueKind));
        Assert.StartsWith("## VAULT_LOCKED", page.GetProperty("text").GetString(), StringComparison.Ordinal);
    }
}
