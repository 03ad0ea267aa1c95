using System.Diagnostics;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Somebody else on the machine, who waits for a file or a socket that they can open, or puts something else in its place.</summary>
public sealed class FileTests
{
    [Fact]
    public async Task Nothing_is_open_to_others_at_any_time_even_where_the_umask_hides_nothing()
    {
        await using var home = new SanctumHome();
        File.SetUnixFileMode(home.PassphraseFile, HostTools.File600);
        await using var watch = new ModeWatch(home.Directory);
        string[][] commands =
        [
            ["init"],
            ["agent", "register", "reader"],
            ["agent", "register", "locked", "--protect", "--key-passphrase-file", home.PassphraseFile],
            ["daemon", "start"],
            ["store", "a/b", "--value", "a value"],
            ["backup", Path.Join(home.Directory, "backup")],
            ["passphrase", "change", "--new-passphrase-file", home.PassphraseFile],
            ["daemon", "stop"],
            ["restore", Path.Join(home.Directory, "backup"), "--vault-path", Path.Join(home.Directory, "restored")],
        ];
        foreach (var command in commands)
        {
            await WithoutUmaskAsync(home, command);
        }

        var (seen, open) = await watch.EndAsync();
        Assert.Empty(open);
        string[] expected =
        [
            "backup", ".sanctum/vault.db", ".sanctum/vault.sealed", ".sanctum/vault.lock", ".sanctum/daemon.log", ".sanctum/vault.sock", ".sanctum/proxy.sock",
            ".sanctum/admin.sock", ".sanctum/keys/reader.key", ".sanctum/keys/locked.key.enc", "restored/vault.db",
        ];
        Assert.Empty(expected.Except(seen));
    }

    [Theory]
    [InlineData(".")]
    [InlineData("vault.db")]
    [InlineData("vault.sealed")]
    [InlineData("vault.lock")]
    public async Task A_link_in_place_of_the_vaults_own_is_refused_and_left_alone(string name)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var real = Path.GetFullPath(Path.Join(home.Vault, name));
        Directory.Move(real, real + ".moved");
        File.CreateSymbolicLink(real, real + ".moved");
        await RefusedUnchangedAsync(home, "is a symbolic link");
    }

    [Theory]
    [InlineData(".", UnixFileMode.GroupRead | UnixFileMode.GroupExecute)]
    [InlineData(".", UnixFileMode.OtherExecute)]
    [InlineData("vault.db", UnixFileMode.GroupRead)]
    [InlineData("vault.db", UnixFileMode.OtherWrite)]
    [InlineData("vault.sealed", UnixFileMode.OtherRead)]
    public async Task A_vault_that_others_can_read_or_change_is_refused(string name, UnixFileMode more)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var path = Path.GetFullPath(Path.Join(home.Vault, name));
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | more);
        await RefusedUnchangedAsync(home, "is open to other users");
    }

    [Theory]
    [InlineData("vault.sock")]
    [InlineData("admin.sock")]
    [InlineData("proxy.sock")]
    public async Task A_socket_is_not_bound_through_a_link_nor_over_a_file(string name)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var target = Path.Join(home.Directory, "somebody's");
        await File.WriteAllTextAsync(target, "file");
        var link = File.CreateSymbolicLink(Path.Join(home.Vault, name), target);
        await RefusedUnchangedAsync(home, "is not a socket", "daemon", "start", "--foreground");

        link.Delete();
        File.CreateSymbolicLink(link.FullName, Path.Join(home.Directory, "nobody's"));
        await RefusedUnchangedAsync(home, "is not a socket", "daemon", "start", "--foreground");

        File.Delete(link.FullName);
        File.Move(target, link.FullName);
        await RefusedUnchangedAsync(home, "is not a socket", "daemon", "start", "--foreground");
    }

    [Fact]
    public async Task A_socket_is_not_bound_where_others_could_replace_it()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var shared = Directory.CreateDirectory(Path.Join(home.Directory, "shared"));
        shared.UnixFileMode = HostTools.Folder700 | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        await RefusedUnchangedAsync(home, "can be written by other users", "daemon", "start", "--foreground", "--socket", Path.Join(shared.FullName, "a.sock"));
    }

    [Fact]
    public async Task A_key_is_not_written_through_a_link()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        Directory.CreateDirectory(Path.Join(home.Vault, "keys"), HostTools.Folder700);
        var target = Path.Join(home.Directory, "elsewhere");
        File.CreateSymbolicLink(home.KeyOf("reader"), target);
        Assert.Equal(1, (await home.RunAsync("agent", "register", "reader")).ExitCode);
        Assert.False(File.Exists(target));
        Assert.Empty((await home.RunAsync("agent", "list", "--json")).Done().Json["agents"]!.AsArray());
    }

    [Fact]
    public async Task The_log_is_not_written_through_a_link()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var target = Path.Join(home.Directory, "elsewhere");
        await File.WriteAllTextAsync(target, "untouched");
        File.CreateSymbolicLink(Path.Join(home.Vault, "daemon.log"), target);
        var refused = await home.RunAsync("daemon", "start");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("daemon.log is a symbolic link", refused.Errors, StringComparison.Ordinal);
        Assert.Equal("untouched", await File.ReadAllTextAsync(target));
    }

    private static Task RefusedUnchangedAsync(SanctumHome home, string why) => RefusedUnchangedAsync(home, why, "list");

    private static async Task RefusedUnchangedAsync(SanctumHome home, string why, params string[] command)
    {
        var before = HostTools.Fingerprint(home.Directory);
        var refused = await home.RunAsync(command);
        Assert.InRange(refused.ExitCode, 1, 2);
        Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, HostTools.Fingerprint(home.Directory));
    }

    private static async Task WithoutUmaskAsync(SanctumHome home, string[] command)
    {
        var start = SanctumExecutable.Start([.. command, "--passphrase-file", home.PassphraseFile]);
        start.Environment["HOME"] = home.Directory;
        start.ArgumentList.Clear();
        var plain = SanctumExecutable.Start([.. command, "--passphrase-file", home.PassphraseFile]);
        foreach (var argument in (string[])["-c", "umask 000; exec \"$0\" \"$@\"", plain.FileName, .. plain.ArgumentList])
        {
            start.ArgumentList.Add(argument);
        }

        start.FileName = "/bin/sh";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var said = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {await said}");
    }
}
