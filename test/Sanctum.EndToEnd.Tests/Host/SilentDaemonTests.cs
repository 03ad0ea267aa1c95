using System.Diagnostics;
using System.Net.Sockets;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>A daemon that says nothing: commands wait for so long, say what for, and end.</summary>
public sealed class SilentDaemonTests
{
    [Fact]
    public async Task Beside_a_daemon_that_was_stopped_every_command_ends_and_says_what_it_waited_for()
    {
        await using var home = await SanctumHome.ServingAsync();
        using var daemon = Process.GetProcessById((int)(await home.RunAsync("daemon", "status", "--json")).Done().Json["daemon"]!["process_id"]!);
        daemon.SendStop();
        try
        {
            foreach (var command in new string[][]
            {
                ["daemon", "status"], ["daemon", "stop"], ["daemon", "start"], ["seal"], ["unseal"], ["login"], ["list"], ["store", "a/b", "--value", "a value"], ["audit", "verify"],
                ["backup", Path.Join(home.Directory, "backup")], ["passphrase", "change", "--new-passphrase-file", home.PassphraseFile], ["approval", "list"], ["lease", "status"],
            })
            {
                var ended = await home.RunAsync([.. command, "--timeout", "1"]);
                Assert.Equal(4, ended.ExitCode);
                Assert.Contains($"the daemon (pid {daemon.Id}) has not responded to 'status' for 1 seconds", ended.Errors, StringComparison.Ordinal);
            }
        }
        finally
        {
            daemon.SendContinue();
        }

        (await home.RunAsync("daemon", "status")).Done();
    }

    [Fact]
    public async Task A_call_takes_any_time_as_long_as_the_daemon_says_how_it_is_and_no_longer()
    {
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        home.Token = "a token";
        var asked = 0;
        var answer = new TaskCompletionSource<string?>();
        using (new FalseDaemon(Path.Join(home.Vault, "admin.sock"), path =>
        {
            if (path == "/v1/audit/verify")
            {
                return answer.Task;
            }

            // Only once it has been asked how it is while the call waits, twice.
            if (++asked == 3)
            {
                answer.SetResult("""{"entries":7,"checkpoint":"7:00"}""");
            }

            return Task.FromResult<string?>(null);
        }))
        {
            Assert.Equal(7, (int)(await home.RunAsync("audit", "verify", "--json", "--timeout", "3")).Done().Json["entries"]!);
        }

        File.Delete(Path.Join(home.Vault, "admin.sock"));
        asked = 0;
        var never = new TaskCompletionSource<string?>();
        using (new FalseDaemon(Path.Join(home.Vault, "admin.sock"), path => path == "/v1/audit/verify" || ++asked > 2 ? never.Task : Task.FromResult<string?>(null)))
        {
            var ended = await home.RunAsync("audit", "verify", "--timeout", "3");
            Assert.Equal(4, ended.ExitCode);
            Assert.Contains("has not responded to 'verify'", ended.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_passphrase_is_not_sent_to_another_users_socket()
    {
        HostTools.RequireRoot("another user listens");
        await using var home = new SanctumHome();
        (await home.RunAsync("init")).Done();
        var anyones = Directory.CreateDirectory(Path.Join(home.Directory, "anyones"));
        const UnixFileMode enter = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        anyones.UnixFileMode = HostTools.Folder700 | enter | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        File.SetUnixFileMode(home.Directory, HostTools.Folder700 | enter);
        using var listener = await ForeignUser.ListenAsync(Path.Join(anyones.FullName, "a.sock"));
        File.Move(Path.Join(anyones.FullName, "a.sock"), Path.Join(home.Vault, "admin.sock"));
        foreach (var command in new string[][] { ["store", "a/b", "--value", "a value"], ["unseal"], ["daemon", "status"], ["login"] })
        {
            var accepting = listener.AcceptAsync();
            var refused = await home.RunAsync(command);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains($"user {ForeignUser.Nobody} listens on", refused.Errors, StringComparison.Ordinal);
            using var accepted = await accepting;
            Assert.Equal(0, await accepted.ReceiveAsync(new byte[1]));
        }
    }
}
