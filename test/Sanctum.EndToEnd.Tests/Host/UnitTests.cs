using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>systemd's units: what they say is what is run, with the paths of a home in the place of the machine's.</summary>
public sealed class UnitTests
{
    [Theory]
    [InlineData("sanctum.service")]
    [InlineData("sanctum-sealed.service")]
    [InlineData("sanctum-backup.service")]
    [InlineData("sanctum-backup.timer")]
    [InlineData("user/sanctum.service")]
    public async Task Systemd_finds_nothing_wrong_with_a_unit(string unit)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "there is no systemd-analyze here");
        await using var home = new SanctumHome();
        var command = await UnitFile.CommandAsync(home);
        foreach (var each in UnitFile.All)
        {
            var copy = (await File.ReadAllTextAsync(UnitFile.PathOf(each))).Replace("/usr/bin/sanctum", command, StringComparison.Ordinal);
            var folder = Directory.CreateDirectory(Path.Join(home.Directory, Path.GetDirectoryName($"units/{each}"))).FullName;
            await File.WriteAllTextAsync(Path.Join(folder, Path.GetFileName(each)), copy);
        }

        var (exit, said) = await HostTools.RunAsync("systemd-analyze", "verify", "--man=no", Path.Join(home.Directory, "units", unit));

        // What it does not know it only mentions.
        Assert.Equal((0, ""), (exit, said));
    }

    [Theory]
    [InlineData("sanctum.service", false)]
    [InlineData("sanctum-sealed.service", true)]
    [InlineData("user/sanctum.service", true)]
    public async Task A_unit_serves_its_vault_and_reloads_and_stops(string name, bool isSealed)
    {
        await using var home = await WithVaultAsync();
        var unit = await UnitFile.ReadAsync(name, home);
        using var manager = Listen(home);
        await using var daemon = ForegroundDaemon.Launch(home, unit.Start("ExecStart"), [.. unit.Environment, ("NOTIFY_SOCKET", Path.Join(home.Directory, "notify"))]);

        Assert.Equal("READY=1", await HearAsync(manager, daemon));
        var status = (await home.RunBareAsync("", ["daemon", "status", "--json", "--vault-path", unit.Vault])).Done().Json["daemon"]!;
        Assert.Equal(isSealed, (bool)status["sealed"]!);
        Assert.Equal(unit.Socket, (string?)status["socket"]);
        Assert.True(File.Exists(unit.ProxySocket), "the proxy is not where agents can reach it");

        using (var reload = Process.Start(unit.Start("ExecReload", daemon.Process.Id))!)
        {
            await reload.WaitForExitAsync();
            Assert.Equal(0, reload.ExitCode);
        }

        await daemon.SaysAsync("config.json reloaded; changed: nothing");
        daemon.Process.SendTerminate();
        Assert.StartsWith("STOPPING=1\n", await HearAsync(manager, daemon));
        Assert.Equal(0, await daemon.EndedAsync());
    }

    [Fact]
    public async Task Two_units_differ_in_nothing_but_who_unseals()
    {
        string[] Lines(string unit) => [.. File.ReadLines(UnitFile.PathOf(unit)).Where(line => !line.StartsWith('#'))];
        var (itself, person) = (Lines("sanctum.service"), Lines("sanctum-sealed.service"));

        Assert.Equal(["Conflicts", "Description", "ExecStart"], person.Except(itself).Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(["Conflicts", "Description", "ExecStart", "LoadCredentialEncrypted"], itself.Except(person).Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(itself.Single(IsStart) + " --sealed", person.Single(IsStart));

        static bool IsStart(string line) => line.StartsWith("ExecStart=", StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_backup_unit_writes_a_backup_that_can_be_restored_and_keeps_the_newest_thirty()
    {
        await using var home = await WithVaultAsync();
        var unit = await UnitFile.ReadAsync("sanctum-backup.service", home);
        foreach (var day in Enumerable.Range(1, 31))
        {
            await File.WriteAllTextAsync(Path.Join(unit.Backups, $"sanctum-2020-01-{day:00}T00:00:00Z.backup"), "");
        }

        await File.WriteAllTextAsync(Path.Join(unit.Backups, "a-note-of-mine"), "");
        foreach (var line in new[] { "ExecStart", "ExecStartPost" })
        {
            var start = unit.Start(line);
            (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
            Array.ForEach(unit.Environment, variable => start.Environment[variable.Name] = variable.Value);
            using var process = Process.Start(start)!;
            var said = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await said);
        }

        var kept = Directory.GetFiles(unit.Backups, "sanctum-*").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(30, kept.Length);
        Assert.EndsWith("sanctum-2020-01-03T00:00:00Z.backup", kept[0], StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(unit.Backups, "a-note-of-mine")));
        Assert.Equal(HostTools.File600, File.GetUnixFileMode(kept[^1]));
        (await home.RunAsync("restore", kept[^1], "--vault-path", Path.Join(home.Directory, "restored"))).Done();
    }

    private static async Task<SanctumHome> WithVaultAsync()
    {
        var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        return home;
    }

    private static Socket Listen(SanctumHome home)
    {
        var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(Path.Join(home.Directory, "notify")));
        return manager;
    }

    // What it tells the service manager, or its end and what it said before.
    private static async Task<string> HearAsync(Socket manager, ForegroundDaemon daemon)
    {
        var buffer = new byte[256];
        using var ended = new CancellationTokenSource();
        var heard = manager.ReceiveAsync(buffer, ended.Token).AsTask();
        if (await Task.WhenAny(heard, daemon.Process.WaitForExitAsync()) != heard && !heard.IsCompleted)
        {
            await ended.CancelAsync();
            return "it ended:\n" + daemon.Said;
        }

        return Encoding.UTF8.GetString(buffer, 0, await heard);
    }
}
