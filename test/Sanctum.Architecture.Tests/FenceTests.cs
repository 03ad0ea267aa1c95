namespace Sanctum.Architecture.Tests;

/// <summary>The C# that documents show compiles, as it stands, against what this repository has now.</summary>
public sealed class FenceTests
{
    // Its blocks are parts of a sample that is compiled: SdkDocumentTests compares them.
    private const string Sdks = "docs/sdks.md";

    private static readonly List<Fence> _fences = [.. Repository.Files(string.Empty, ".md").Where(path => path != Sdks).SelectMany(path => Fence.In(path, Repository.Text(path)))];

    [Fact]
    public void Every_csharp_block_in_a_document_compiles()
    {
        var flaws = _fences.SelectMany(FenceCompiler.Flaws).ToList();
        Assert.True(flaws.Count == 0, string.Join('\n', flaws));
    }

    [Fact]
    public void The_program_in_the_document_is_the_sample() =>
        Assert.Contains(_fences, fence => fence.Document == "docs/dotnet.md" && fence.Code == Repository.Text("samples/Sanctum.Sample.Web/Program.cs"));

    [Fact]
    public void The_search_finds_the_readmes_block_and_those_of_the_documents()
    {
        Assert.Contains(_fences, fence => fence.Document == "README.md");
        Assert.Contains(_fences, fence => fence.Document == "docs/embedding.md");
        Assert.True(_fences.Count >= 7, $"only {_fences.Count} blocks were found");
    }

    [Theory]
    [InlineData("#:project src/Sanctum.Client\n\nvar number = 1 + ;\nConsole.WriteLine(number);\n", "page.md(6): CS1525")]
    [InlineData("var secret = await vault.RetrieveEverythingAsync();\nConsole.WriteLine(secret);\n", "page.md(4): CS1061")]
    [InlineData("Console.WriteLine(typeof(Sanctum.Vault));\n", "page.md(4): CS0234")]
    [InlineData("#:project src/Sanctum.Nothing\n\nConsole.WriteLine(1);\n", "page.md(4): there is no project src/Sanctum.Nothing")]
    public void A_block_that_does_not_compile_is_named_with_its_file_and_line(string code, string expected)
    {
        var fence = Assert.Single(Fence.In("page.md", $"# Page\n\n```csharp\n{code}```\n"));
        Assert.Contains(FenceCompiler.Flaws(fence), flaw => flaw.StartsWith(expected, StringComparison.Ordinal));
    }
}
