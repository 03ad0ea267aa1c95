using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Places that are not safe, or none: the vault's folder, the keys' folder, sockets and addresses.</summary>
public sealed class PlaceTests
{
    private const UnixFileMode Everyone = HostTools.Folder700
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    [Theory]
    [InlineData(Everyone)]
    [InlineData(HostTools.Folder700 | UnixFileMode.GroupWrite)]
    [InlineData(HostTools.Folder700 | UnixFileMode.OtherWrite)]
    public async Task A_vault_below_a_folder_that_others_can_write_is_refused(UnixFileMode mode)
    {
        await using var home = new SanctumHome();
        var open = Directory.CreateDirectory(Path.Join(home.Directory, "open"));
        var vault = Path.Join(open.FullName, "of", "mine", "vault");
        (await home.RunAsync("init", "--vault-path", vault)).Done();
        Assert.Equal(HostTools.Folder700, File.GetUnixFileMode(Path.GetDirectoryName(vault)!));
        open.UnixFileMode = mode;
        var before = HostTools.Fingerprint(home.Directory);
        foreach (var command in new string[][] { ["list"], ["daemon", "start", "--foreground"], ["daemon", "start"] })
        {
            var refused = await home.RunAsync([.. command, "--vault-path", vault]);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains($"the folder {open.FullName} can be written by other users", refused.Errors, StringComparison.Ordinal);
        }

        File.Delete(Path.Join(vault, "daemon.log"));
        Assert.Equal(before, HostTools.Fingerprint(home.Directory));
        Assert.Equal(1, (await home.RunAsync("init", "--vault-path", Path.Join(open.FullName, "new"))).ExitCode);
        Assert.False(Directory.Exists(Path.Join(open.FullName, "new")));
    }

    [Fact]
    public async Task A_folder_that_keeps_entries_to_their_owners_is_no_reason_to_refuse()
    {
        await using var home = new SanctumHome();
        var shared = Directory.CreateDirectory(Path.Join(home.Directory, "shared"));
        shared.UnixFileMode = Everyone | UnixFileMode.StickyBit;
        (await home.RunAsync("init", "--vault-path", Path.Join(shared.FullName, "vault"))).Done();
        (await home.RunAsync("list", "--vault-path", Path.Join(shared.FullName, "vault"))).Done();
    }

    [Fact]
    public async Task A_link_on_the_way_is_followed_to_where_it_leads()
    {
        await using var home = new SanctumHome();
        var open = Directory.CreateDirectory(Path.Join(home.Directory, "open"));
        Directory.CreateDirectory(Path.Join(open.FullName, "mine"), HostTools.Folder700);
        Directory.CreateSymbolicLink(Path.Join(home.Directory, "link"), Path.Join("open", "mine"));
        var vault = Path.Join(home.Directory, "link", "vault");
        (await home.RunAsync("init", "--vault-path", vault)).Done();
        open.UnixFileMode = Everyone;
        var refused = await home.RunAsync("list", "--vault-path", vault);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"the folder {open.FullName} can be written by other users", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_or_link_of_another_users_on_the_way_is_refused()
    {
        HostTools.RequireRoot("a folder is given away");
        await using var home = new SanctumHome();
        var given = Directory.CreateDirectory(Path.Join(home.Directory, "given")).FullName;
        (await home.RunAsync("init", "--vault-path", Path.Join(given, "vault"))).Done();
        Directory.CreateSymbolicLink(Path.Join(home.Directory, "link"), given);
        Assert.Equal(0, (await HostTools.RunAsync("chown", "-h", "12345", Path.Join(home.Directory, "link"))).ExitCode);
        var through = await home.RunAsync("list", "--vault-path", Path.Join(home.Directory, "link", "vault"));
        Assert.Equal(1, through.ExitCode);
        Assert.Contains("belongs to user 12345", through.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await HostTools.RunAsync("chown", "12345", given)).ExitCode);
        var refused = await home.RunAsync("list", "--vault-path", Path.Join(given, "vault"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"the folder {given} belongs to user 12345", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_not_written_where_others_could_take_it_or_put_theirs()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var keys = Path.Join(home.Vault, "keys");
        var open = Directory.CreateDirectory(Path.Join(home.Directory, "open"));
        open.UnixFileMode = Everyone;
        Directory.CreateSymbolicLink(keys, open.FullName);
        await NoKeyAsync(home, "is a symbolic link");

        // Nor where it is their own, but nobody can write it now.
        open.UnixFileMode = HostTools.Folder700;
        await NoKeyAsync(home, "is a symbolic link");
        Assert.Empty(open.GetFiles());

        File.Delete(keys);
        Directory.CreateDirectory(keys);
        File.SetUnixFileMode(keys, Everyone | UnixFileMode.StickyBit);
        await NoKeyAsync(home, "can be written by other users");
        Assert.Empty(Directory.GetFiles(keys));
        Assert.Empty((await home.RunAsync("agent", "list", "--json")).Done().Json["agents"]!.AsArray());
    }

    [Theory]
    [InlineData("/proc")]
    [InlineData("/")]
    [InlineData("/proc/a.sock")]
    [InlineData("/sys/a.sock")]
    [InlineData("/etc/hostname/a.sock")]
    [InlineData("/dev/null")]
    [InlineData("HOME")]
    [InlineData("HOME/none/a.sock")]
    [InlineData("HOME/circle/a.sock")]
    [InlineData("HOME/file/a.sock")]
    [InlineData("HOME/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.sock")]
    [InlineData("")]
    public async Task A_place_that_is_none_for_a_socket_is_refused_by_name_and_what_to_do_is_said(string path)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await File.WriteAllTextAsync(Path.Join(home.Directory, "file"), "");
        File.CreateSymbolicLink(Path.Join(home.Directory, "circle"), Path.Join(home.Directory, "circle"));
        var place = path.Replace("HOME", home.Directory, StringComparison.Ordinal);
        foreach (var mode in new string[][] { ["--foreground"], [] })
        {
            var refused = await home.RunAsync(["daemon", "start", "--socket", place, .. mode]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(place.Length > 0 ? Named(place) : "--socket", refused.Errors, StringComparison.Ordinal);
            Assert.Contains("--socket", refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(4, (await home.RunAsync("daemon", "status")).ExitCode);
    }

    [Theory]
    [InlineData("[::1%lo]:7600")]
    [InlineData("[::ffff:127.0.0.1]:7600")]
    [InlineData("[::ffff:7f00:1]:7600")]
    public async Task An_address_that_can_not_be_listened_on_is_refused_by_name_and_what_to_do_is_said(string address)
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        foreach (var option in new[] { "tcp", "http" })
        {
            var refused = await home.RunAsync("daemon", "start", "--foreground", $"--{option}", address);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains($"--{option}", refused.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);

            home.Configure($$"""{ "listeners": { "{{option}}": "{{address}}" } }""");
            refused = await home.RunAsync("daemon", "start");
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("127", refused.Errors, StringComparison.Ordinal);
            home.Configure("{}");
        }
    }

    // The place, or the folder of it that is the trouble.
    private static string Named(string place) =>
        place.EndsWith("/a.sock", StringComparison.Ordinal) && !place.StartsWith("/proc/", StringComparison.Ordinal) && !place.StartsWith("/sys/", StringComparison.Ordinal)
            ? Path.GetDirectoryName(place)! : place;

    private static async Task NoKeyAsync(SanctumHome home, string why)
    {
        var refused = await home.RunAsync("agent", "register", "reader");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("no key was written", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(why, refused.Errors, StringComparison.Ordinal);
    }
}
