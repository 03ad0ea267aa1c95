namespace Sanctum.Architecture.Tests;

/// <summary>The README's and the documents' links lead somewhere.</summary>
public sealed class LinkTests
{
    [Fact]
    public void No_document_links_to_what_is_not_there()
    {
        var dead = from path in Repository.Files(string.Empty, ".md") from link in Links.Dead(Path.Join(Repository.Root, path)) select $"{path}: {link}";
        Assert.Empty(dead);
    }

    [Theory]
    [InlineData("[a](other.md)", true)]
    [InlineData("[a](other.md#a-heading-of-it)", true)]
    [InlineData("[a](#here)", true)]
    [InlineData("[a](folder/ \"with a title\")", true)]
    [InlineData("[a](https://example.com/nothing)", true)]
    [InlineData("```\n[a](nothing.md)\n```", true)]
    [InlineData("[a](nothing.md)", false)]
    [InlineData("![a](nothing.png)", false)]
    [InlineData("[a](other.md#no-such-heading)", false)]
    [InlineData("[a](#nowhere)", false)]
    [InlineData("[a]: nothing.md", false)]
    [InlineData("<img src=\"nothing.png\">", false)]
    public void A_link_is_dead_when_its_file_or_heading_is_missing(string text, bool leads)
    {
        var folder = Directory.CreateTempSubdirectory("sanctum-links-");
        try
        {
            folder.CreateSubdirectory("folder");
            File.WriteAllText(Path.Join(folder.FullName, "other.md"), "# Other\n\n## A heading, of `it`\n");
            var file = Path.Join(folder.FullName, "README.md");
            File.WriteAllText(file, $"# Here\n\n{text}\n");
            Assert.Equal(leads, !Links.Dead(file).Any());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
