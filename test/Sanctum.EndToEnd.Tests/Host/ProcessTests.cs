using System.Diagnostics;
using System.Globalization;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>Another process of the same user, that would like to look into the daemon.</summary>
public sealed class ProcessTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_diagnostics_socket_no_core_dump(bool foreground)
    {
        await using var home = new SanctumHome();
        var temporary = Directory.CreateDirectory(Path.Join(home.Directory, "tmp")).FullName;
        (await home.RunAsync("init")).Done();
        string[] arguments = ["daemon", "start", "--passphrase-file", home.PassphraseFile];
        await using var daemon = ForegroundDaemon.Launch(home, foreground ? [.. arguments, "--foreground"] : arguments, ("TMPDIR", temporary));
        if (foreground)
        {
            await daemon.ServingAsync();
        }
        else
        {
            Assert.Equal(0, await daemon.EndedAsync());
        }

        var process = await ProcessIdAsync(home);
        Assert.Empty(Directory.GetFileSystemEntries(temporary));
        var core = (await File.ReadAllLinesAsync($"/proc/{process}/limits")).Single(it => it.StartsWith("Max core file size", StringComparison.Ordinal));
        Assert.Equal(["0", "0"], core["Max core file size".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]);
        if (!foreground)
        {
            (await home.RunAsync("daemon", "stop")).Done();
        }

        Assert.Equal(foreground, !daemon.Process.HasExited);
    }

    [Fact]
    public async Task It_is_not_dumpable_so_that_its_memory_is_roots_alone()
    {
        HostTools.RequireRoot("the daemon is started with another group, whose /proc entry would be that group's if it were dumpable");
        const string group = "65534";
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var start = SanctumExecutable.Start(["daemon", "start", "--foreground", "--passphrase-file", home.PassphraseFile]);
        string[] wrapped = ["--regid", group, "--clear-groups", start.FileName, .. start.ArgumentList];
        start.FileName = "setpriv";
        start.ArgumentList.Clear();
        Array.ForEach(wrapped, start.ArgumentList.Add);
        start.Environment["HOME"] = home.Directory;
        using var process = Process.Start(start)!;
        try
        {
            string? line;
            while ((line = await process.StandardError.ReadLineAsync()) is not null && !line.StartsWith("serving", StringComparison.Ordinal))
            {
            }

            Assert.NotNull(line);
            var groups = (await File.ReadAllLinesAsync($"/proc/{process.Id}/status")).Single(it => it.StartsWith("Gid:", StringComparison.Ordinal));
            Assert.Contains(group, groups, StringComparison.Ordinal);
            Assert.Equal("0:0", (await HostTools.RunAsync("stat", "-c", "%u:%g", $"/proc/{process.Id}/mem")).Output.Trim());
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task A_second_daemon_says_so_and_leaves_the_first_alone()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await using var first = await ForegroundDaemon.StartAsync(home);

        var background = await home.RunAsync("daemon", "start");
        Assert.Equal(1, background.ExitCode);
        Assert.Contains($"a daemon (pid {first.Process.Id}) already serves this vault", background.Errors, StringComparison.Ordinal);

        // In the foreground, and somewhere else: neither is a way around the vault's lock.
        var elsewhere = Path.Join(home.Directory, "other.sock");
        foreach (var arguments in new string[][] { [], ["--socket", elsewhere], ["--sealed"] })
        {
            var second = await home.RunAsync(["daemon", "start", "--foreground", .. arguments]);
            Assert.Equal(1, second.ExitCode);
            Assert.Contains($"a daemon (pid {first.Process.Id}) already serves this vault", second.Errors, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(elsewhere));
        Assert.Equal(first.Process.Id, await ProcessIdAsync(home));
        using var wire = await WireClient.ConnectAsync(home.Socket);
        Assert.NotNull(WireClient.Result(await wire.CallAsync("authenticate", new() { ["agent_name"] = "anyone" }))["challenge"]);
    }

    [Fact]
    public async Task What_a_killed_daemon_left_is_replaced()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await using (var killed = await ForegroundDaemon.StartAsync(home))
        {
            await killed.KillAsync();
        }

        Assert.True(File.Exists(home.Socket));
        Assert.Equal(4, (await home.RunAsync("daemon", "status")).ExitCode);
        (await home.RunAsync("list")).Done(); // With no daemon there, the command opens the vault itself.
        await using var next = await ForegroundDaemon.StartAsync(home);
        Assert.Equal(next.Process.Id, await ProcessIdAsync(home));
        using var wire = await WireClient.ConnectAsync(home.Socket);
        WireClient.Result(await wire.CallAsync("authenticate", new() { ["agent_name"] = "anyone" }));
    }

    [Fact]
    public async Task SIGTERM_replies_to_what_it_has_done_and_leaves_no_socket()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        await using var daemon = await ForegroundDaemon.StartAsync(home);
        await home.StoreAsync("a/key", "a key to sign with");
        await home.RegisterAsync("signer");
        await home.GrantAsync("signer", "signer", "a/*", "use");
        using var wire = await WireClient.ConnectAsync(home.Socket);
        await wire.SignInAsync("signer", home.KeyOf("signer"));

        // More than it can be done with by then.
        for (var n = 1; n <= 500; n++)
        {
            await wire.SendAsync($$"""{"id":{{n + 100}},"method":"use","params":{"path":"a/key","operation":"sign","params":{"data":"{{n}}"} } }""");
        }

        Assert.NotNull(await wire.ReceiveAsync());
        daemon.Process.SendTerminate();
        var answered = 1;
        while (await wire.ReceiveAsync() is { } reply)
        {
            // What had not begun is refused, and is nowhere on the record.
            if (reply["error"]?["context"]?["daemon"]?.GetValue<string>() != "stopping")
            {
                WireClient.Result(reply);
                answered++;
            }
        }

        Assert.Equal(0, await daemon.EndedAsync());
        Assert.Empty(Directory.GetFiles(home.Vault, "*.sock"));
        var entries = (await home.RunAsync("audit", "log", "--last", "all", "--action", "use", "--json")).Done().Json["entries"]!.AsArray();
        Assert.Equal(answered, entries.Count);
        (await home.RunAsync("audit", "verify")).Done();
    }

    private static async Task<int> ProcessIdAsync(SanctumHome home)
    {
        using var admin = new AdminWire(home);
        return int.Parse(((await admin.DoAsync("status"))["process_id"]!).ToString(), CultureInfo.InvariantCulture);
    }
}
