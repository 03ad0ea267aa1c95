using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>Which room may know which: the rules of docs/architecture.md, read out of the project files.</summary>
public sealed class ProjectTests
{
    /// <summary>Most of all: an agent's process, which references the client, holds no code that can decrypt a vault.</summary>
    [Theory]
    [InlineData("Sanctum.Protocol", "")]
    [InlineData("Sanctum.Vault", "")]
    [InlineData("Sanctum.Analyzers", "")]
    [InlineData("Sanctum.Analyzers.CodeFixes", "")]
    [InlineData("Sanctum.Client", "Sanctum.Analyzers Sanctum.Analyzers.CodeFixes Sanctum.Protocol")]
    [InlineData("Sanctum.Extensions", "Sanctum.Client")]
    [InlineData("Sanctum.Mcp", "Sanctum.Client")]
    [InlineData("Sanctum.Storage.Sqlite", "Sanctum.Vault")]
    [InlineData("Sanctum.Storage.Postgres", "Sanctum.Vault")]
    [InlineData("Sanctum.SealProviders", "Sanctum.Storage.Sqlite Sanctum.Vault")]
    [InlineData("Sanctum.Daemon", "Sanctum.Protocol Sanctum.SealProviders Sanctum.Storage.Postgres Sanctum.Storage.Sqlite Sanctum.Vault")]
    [InlineData("Sanctum.Testing", "Sanctum.Daemon Sanctum.Extensions")]
    [InlineData("Sanctum.Cli", "Sanctum.Client Sanctum.Daemon Sanctum.Mcp")]
    public void A_project_references_only_what_it_may_know(string project, string may) =>
        Assert.Empty(ReferencesOf($"src/{project}/{project}.csproj").Except(may.Split(' ')));

    [Fact]
    public void Every_shipped_project_has_its_rule()
    {
        var rules = typeof(ProjectTests).GetMethod(nameof(A_project_references_only_what_it_may_know))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false).Cast<InlineDataAttribute>().Select(row => (string)row.Data[0]!);
        Assert.Equal(Repository.Files("src", ".csproj").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal), rules.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_the_daemon_references_protocol_and_vault_both()
    {
        var both = Repository.Files("src", ".csproj").Where(path => !new[] { "Sanctum.Protocol", "Sanctum.Vault" }.Except(ReferencesOf(path)).Any());
        Assert.Equal(["src/Sanctum.Daemon/Sanctum.Daemon.csproj"], both);
    }

    [Fact]
    public void Package_versions_are_in_one_file()
    {
        string[] versions = ["Version", "VersionOverride"];
        var offending =
            from path in Repository.Files(string.Empty, ".csproj").Append("Directory.Build.props")
            from reference in Repository.Xml(path).Descendants("PackageReference")
            where reference.Attributes().Any(attribute => versions.Contains(attribute.Name.LocalName)) || reference.Elements().Any(element => versions.Contains(element.Name.LocalName))
            select $"{path}: {(string?)reference.Attribute("Include")}";
        Assert.Empty(offending);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var listed = Repository.Xml("Sanctum.slnx").Descendants("Project").Select(project => (string)project.Attribute("Path")!);
        Assert.Equal(Repository.Files(string.Empty, ".csproj"), listed.Order(StringComparer.Ordinal));
    }

    // A package whose dependency is nowhere can't be added.
    [Fact]
    public void Every_library_that_is_a_package_is_made_with_the_others()
    {
        var listed = Regex.Match(Repository.Text("build.cs"), @"libraries = \[([^\]]+)\]").Groups[1].Value.Split(',').Select(name => name.Trim().Trim('"'));
        var packed = Repository.Files("src", ".csproj").Where(path => !Repository.Xml(path).Descendants("IsPackable").Any(it => it.Value == "false")).Select(path => Path.GetFileNameWithoutExtension(path));
        Assert.Equal(packed.Where(name => name != "Sanctum.Cli").Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        Repository.Xml(project).Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));
}
