using System.Text.RegularExpressions;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>The documents as they are installed, read where nothing else of the repository is.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public async Task No_link_in_the_archives_documents_leads_nowhere()
    {
        await using var home = new SanctumHome();
        var (unpacked, said) = await HostTools.RunAsync("tar", "-xzf", Packages.One("*.tar.gz"), "-C", home.Directory, "--strip-components=1");
        Assert.True(unpacked == 0, said);
        var install = await Packages.ShellAsync(home.Directory, "/usr/bin:/bin", "./install.sh\n", ("PREFIX", Path.Join(home.Directory, "local")));
        Assert.True(install.ExitCode == 0, install.Errors);

        RequireLinks(Path.Join(home.Directory, "local/share/doc/sanctum"));
    }

    [Fact]
    public async Task No_link_in_the_debian_packages_documents_leads_nowhere()
    {
        await using var home = new SanctumHome();
        var (unpacked, said) = await HostTools.RunAsync("dpkg-deb", "--extract", Packages.One("*.deb"), Path.Join(home.Directory, "root"));
        Assert.True(unpacked == 0, said);

        RequireLinks(Path.Join(home.Directory, "root/usr/share/doc/sanctum"));
    }

    private static void RequireLinks(string folder)
    {
        var pages = Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories);
        Assert.Contains(Path.Join(folder, "README.md"), pages);
        Assert.Contains(Path.Join(folder, "docs/operations.md"), pages);
        Assert.Empty(pages.SelectMany(page => Dead(page).Select(link => $"{Path.GetRelativePath(folder, page)}: {link}")));
    }

    // Headings are the architecture tests' to check; what is lost here is whole files.
    private static IEnumerable<string> Dead(string page) =>
        from Match link in RelativeLink.Matches(File.ReadAllText(page))
        let target = Path.Join(Path.GetDirectoryName(page), link.Groups["target"].Value)
        where !Path.Exists(target)
        select link.Groups["target"].Value;

    [GeneratedRegex(@"\]\((?![a-z]+:|#)(?<target>[^)#\s]+)")]
    private static partial Regex RelativeLink { get; }
}
