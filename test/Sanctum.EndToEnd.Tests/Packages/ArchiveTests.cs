using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>The archive: unpacked, installed, used and removed with its own script.</summary>
public sealed class ArchiveTests
{
    private const string System = "/usr/bin:/bin";

    [Fact]
    public async Task A_user_installs_it_runs_the_readmes_story_and_removes_it_without_a_trace()
    {
        await using var home = await UnpackedAsync();
        var prefix = Path.Join(home.Directory, "local");
        var keeps = Directory.CreateDirectory(Path.Join(prefix, "bin")).FullName; // Was there before, and stays.
        var install = await RunAsync(home, "./install.sh", prefix);
        Assert.True(install.ExitCode == 0, install.Errors);

        var story = await Packages.ShellAsync(home.Directory, $"{prefix}/bin:{System}", ReadmeStory.Script() + """
            sanctum daemon start || exit 1
            sanctum daemon status || exit 1
            sanctum daemon stop || exit 1
            MANPATH=$HOME/local/share/man
            test -f $MANPATH/man1/sanctum-daemon-start.1.gz || exit 1
            grep -q "ExecStart=$HOME/local/bin/sanctum daemon start" $HOME/local/share/systemd/user/sanctum.service || exit 1

            """);
        Assert.True(story.ExitCode == 0, story.Output + story.Errors);

        // Again, as an upgrade would: what the version before had is replaced.
        Assert.Equal(0, (await RunAsync(home, "./install.sh", prefix)).ExitCode);
        var removed = await RunAsync(home, "./install.sh --uninstall", prefix);
        Assert.True(removed.ExitCode == 0, removed.Errors);
        Assert.Equal([keeps], Directory.GetFileSystemEntries(prefix, "*", SearchOption.AllDirectories));
        Assert.True(File.Exists(Path.Join(home.Vault, "vault.sealed")), "the vault is gone");
        Assert.NotEqual(0, (await RunAsync(home, "./install.sh --uninstall", prefix)).ExitCode);
    }

    [Fact]
    public async Task With_a_destination_nothing_is_written_elsewhere_and_the_paths_inside_are_without_it()
    {
        await using var home = await UnpackedAsync();
        var destination = Path.Join(home.Directory, "destination");
        var install = await RunAsync(home, "./install.sh", "/usr", destination);
        Assert.True(install.ExitCode == 0, install.Errors);

        Assert.Contains("ExecStart=/usr/bin/sanctum ", await File.ReadAllTextAsync(Path.Join(destination, "usr/lib/systemd/system/sanctum.service")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(destination, "etc/sanctum/environment")));
        var changed = Path.Join(destination, "etc/sanctum/environment");
        await File.AppendAllTextAsync(changed, "A=b\n");
        Assert.Equal(0, (await RunAsync(home, "./install.sh --uninstall", "/usr", destination)).ExitCode);

        // What the operator changed is theirs.
        Assert.Equal([changed], Directory.GetFiles(destination, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("bin/sanctum", "a file is not as it was packed")]
    [InlineData("SHA256SUMS", "a file is not as it was packed")]
    public async Task A_file_that_was_changed_on_its_way_is_refused_and_nothing_is_installed(string file, string says)
    {
        await using var home = await UnpackedAsync();
        await File.AppendAllTextAsync(Path.Join(home.Directory, "unpacked", file), "x");
        var refused = await RunAsync(home, "./install.sh", Path.Join(home.Directory, "local"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(says, refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Join(home.Directory, "local")));
    }

    [Theory]
    [InlineData("ulimit -f 2000; ./install.sh")] // As on a full disk: the executable does not fit.
    [InlineData("rm -r ../local; ln -s /proc/none ../local; ./install.sh")]
    public async Task An_installation_that_is_not_possible_says_so_and_leaves_nothing(string command)
    {
        await using var home = await UnpackedAsync();
        var prefix = Directory.CreateDirectory(Path.Join(home.Directory, "local/bin")).Parent!.FullName;

        var refused = await RunAsync(home, command, prefix);

        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("nothing was installed in", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("PREFIX=$HOME/.local", refused.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(home.Directory, "*.new", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(Path.Join(prefix, "share")), "a folder is left");
    }

    [Fact]
    public async Task Where_the_path_has_a_space_the_unit_quotes_it_and_other_signs_are_refused()
    {
        await using var home = await UnpackedAsync();
        var prefix = Path.Join(home.Directory, "with a space");

        Assert.Equal(0, (await RunAsync(home, "./install.sh", prefix)).ExitCode);
        Assert.Contains($"\nExecStart=\"{prefix}/bin/sanctum\" daemon start ", await File.ReadAllTextAsync(Path.Join(prefix, "share/systemd/user/sanctum.service")), StringComparison.Ordinal);
        Assert.Equal(0, (await HostTools.RunAsync(Path.Join(prefix, "bin/sanctum"), "--version")).ExitCode);
        foreach (var sign in new[] { "%", "'", "\"", "\\", "&", "|", "$", "\n" })
        {
            var refused = await RunAsync(home, "./install.sh", prefix + sign);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("PREFIX can't have", refused.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_checksums_beside_the_packages_are_theirs()
    {
        var folder = Packages.Require();
        var (exit, said) = await HostTools.RunAsync("/bin/sh", "-c", $"cd '{folder}' && sha256sum --check --strict SHA256SUMS");
        Assert.True(exit == 0, said);
        Assert.Contains(".deb: OK", said, StringComparison.Ordinal);
        Assert.Contains(".tar.gz: OK", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_executable_makes_the_same_packages()
    {
        var folder = Packages.Require();
        await using var home = new SanctumHome();
        await HostTools.RunAsync("tar", "-xzf", Packages.One("*.tar.gz"), "-C", home.Directory, "--strip-components=1");
        var (exit, said) = await HostTools.RunAsync(
            "dotnet", "run", Path.Join(Repository.Root, "packaging/package.cs"), "--", Path.Join(home.Directory, "bin/sanctum"), Path.Join(home.Directory, "again"));
        Assert.True(exit == 0, said);
        Assert.Equal(await File.ReadAllTextAsync(Path.Join(folder, "SHA256SUMS")), await File.ReadAllTextAsync(Path.Join(home.Directory, "again/SHA256SUMS")));
    }

    private static async Task<SanctumHome> UnpackedAsync()
    {
        var archive = Packages.One("*.tar.gz");
        var home = new SanctumHome();
        var folder = Directory.CreateDirectory(Path.Join(home.Directory, "unpacked")).FullName;
        var (exit, said) = await HostTools.RunAsync("tar", "-xzf", archive, "-C", folder, "--strip-components=1");
        Assert.True(exit == 0, said);
        return home;
    }

    private static Task<CliResult> RunAsync(SanctumHome home, string command, string prefix, string destination = "") =>
        Packages.ShellAsync(home.Directory, System, $"cd unpacked && {command}\n", ("PREFIX", prefix), ("DESTDIR", destination));
}
