using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>docs/sdks.md shows lines of the sample, which is compiled and run, and the versions that it was run with.</summary>
public sealed partial class SdkDocumentTests
{
    private const string Page = "docs/sdks.md";
    private const string Sample = "samples/Sanctum.Sample.Sdks";

    [Fact]
    public void Every_block_is_a_part_of_the_sample()
    {
        var sources = Repository.Files(Sample, ".cs").Select(path => Unindented(Repository.Text(path))).ToList();
        var blocks = Fence.In(Page, Repository.Text(Page)).ToList();
        Assert.True(blocks.Count >= 12, $"only {blocks.Count} blocks were found");
        Assert.All(blocks, block => Assert.Contains(sources, source => source.Contains(Unindented(block.Code), StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_package_of_the_sample_is_in_the_table_with_its_version_and_has_a_section()
    {
        var versions = Repository.Xml("Directory.Packages.props").Descendants("PackageVersion").Where(it => it.Attribute("Include") is not null)
            .ToDictionary(it => (string)it.Attribute("Include")!, it => (string)it.Attribute("Version")!, StringComparer.Ordinal);
        var packages = Repository.Xml($"{Sample}/Sanctum.Sample.Sdks.csproj").Descendants("PackageReference").Select(it => (string)it.Attribute("Include")!).Order(StringComparer.Ordinal).ToList();
        var rows = Rows().Matches(Repository.Text(Page)).Select(row => (Package: row.Groups[1].Value, Version: row.Groups[2].Value)).OrderBy(row => row.Package, StringComparer.Ordinal);
        Assert.Equal(packages.Select(package => (package, versions[package])), rows);
        Assert.All(packages, package => Assert.Contains($"\n## {package}\n", Repository.Text(Page), StringComparison.Ordinal));
    }

    // Documents show the lines of a method without what they are indented by.
    private static string Unindented(string code) => string.Join('\n', code.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()));

    [GeneratedRegex(@"^\| \[([\w.]+)\]\(#\w+\) \| ([\w.-]+) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
