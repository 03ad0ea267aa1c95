namespace Sanctum.Cli.Tests;

/// <summary>What a shell has open beyond the standard streams, such as a lock, is not the daemon's.</summary>
public sealed class DescriptorTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync() => await _folder.MakeVaultAsync();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("daemon start")]
    [InlineData("daemon start <&-")]
    [InlineData("daemon start 2>&-")]
    [InlineData("daemon start <&- 2>&-")]
    public async Task A_lock_of_the_shells_ends_with_the_shell_and_not_with_the_daemon(string command)
    {
        var shell = await ShellAsync($"exec 9>lock9 200>lock200; flock 9; flock 200; {CliProcess.Path} {command}");
        var locks = await ShellAsync("flock --nonblock lock9 true && flock --nonblock lock200 true");

        Assert.Equal((0, 0), (shell.ExitCode, locks.ExitCode));
        await _folder.DoAsync("daemon status");
    }

    [Fact]
    public async Task A_daemon_in_the_foreground_lets_go_of_it_too_once_it_has_its_passphrase()
    {
        _folder.Environment.Remove("SANCTUM_PASSPHRASE");

        // The passphrase comes through a descriptor of the shell's own: it has to be read before that is closed.
        var shell = await ShellAsync($$"""
            exec 9>lock9; flock 9
            {{CliProcess.Path}} daemon start --foreground --passphrase-file <(printf '%s\n' '{{CliFolder.Passphrase}}') >out 2>errors </dev/null &
            until [ -S .sanctum/vault.sock ] && {{CliProcess.Path}} daemon status >status 2>&1; do kill -0 $! || exit 1; done
            """);
        var locks = await ShellAsync("flock --nonblock lock9 true");

        Assert.True(shell.ExitCode == 0, File.ReadAllText(Path.Join(_folder.Home, "errors")));
        Assert.Equal(0, locks.ExitCode);
    }

    [Fact]
    public async Task What_reads_the_shells_other_outputs_does_not_wait_for_the_daemon()
    {
        // 'cat' ends when nobody has the pipe open any more.
        var shell = await ShellAsync($"{{ {CliProcess.Path} daemon start >started 2>&1; }} 7> >(cat > copied; echo done > ended) 8>&7; until [ -e ended ]; do {CliProcess.Path} daemon status >status || exit 1; done");

        Assert.Equal(0, shell.ExitCode);
        await _folder.DoAsync("daemon status");
    }

    private Task<CliResult> ShellAsync(string script) =>
        CliProcess.RunAsync(["-c", $"cd '{_folder.Home}'; {script}"], _folder.Environment, program: "/bin/bash");
}
