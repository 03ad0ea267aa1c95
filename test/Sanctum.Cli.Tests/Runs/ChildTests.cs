using System.Text;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs.Children;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>How a program is started, and how it ends.</summary>
public sealed class ChildTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -SEGV $$", 139)]
    public async Task Its_exit_code_is_passed_on_as_shells_do(string script, int exitCode) => Assert.Equal(exitCode, await RunAsync(script));

    [Theory]
    [InlineData("/none/such", 127, "there is no program")]
    [InlineData("surely-no-program-of-this-name", 127, "there is no program")]
    [InlineData("/etc/passwd", 126, "can't be started")]
    [InlineData("/etc/passwd/x", 127, "there is no program")]
    public void What_can_not_be_started_has_the_exit_codes_of_shells(string program, int exitCode, string message)
    {
        var failed = Assert.Throws<CliException>(() => Child.Start([Encoding.UTF8.GetBytes(program)], RawEnvironment.OfThisProcess()));

        Assert.Equal(exitCode, failed.ExitCode);
        Assert.Contains(message, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_signal_is_ignored_or_blocked_in_it()
    {
        await RunAsync($"grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status > {_file}");

        var masks = File.ReadAllLines(_file).ToDictionary(line => line.Split(':')[0], line => line.Split('\t')[1]);
        Assert.Equal(new string('0', 16), masks["SigBlk"]);

        // The C library keeps two for itself: 32 and 33. What was ignored when this process began, as in a shell's background, stays ignored.
        var begun = Convert.ToInt64(File.ReadAllLines("/proc/self/status").Single(line => line.StartsWith("SigIgn", StringComparison.Ordinal)).Split('\t')[1], 16);
        const long interruptAndQuit = 6;
        Assert.Equal(begun & interruptAndQuit, Convert.ToInt64(masks["SigIgn"], 16) & ~0x180000000);
    }

    [Fact]
    public async Task A_pipe_that_nobody_reads_ends_it() =>
        Assert.Equal(0, await RunAsync($"(yes; echo $? > {_file}) | head -n 1 > /dev/null; test $(cat {_file}) = 141", shell: "/bin/bash"));

    [Fact]
    public async Task Its_environment_and_arguments_are_bytes()
    {
        var environment = new RawEnvironment([[.. "ODD="u8, 0xFF, 0xFE, (byte)'\n'], "PATH=/usr/bin:/bin"u8.ToArray()]);
        using var child = Child.Start(["/bin/sh"u8.ToArray(), "-c"u8.ToArray(), Encoding.UTF8.GetBytes($"printf %s \"$ODD$1\" > {_file}"), "sh"u8.ToArray(), [0x80, (byte)' ']], environment);

        Assert.Equal(0, await child.WaitAsync());
        Assert.Equal([0xFF, 0xFE, (byte)'\n', 0x80, (byte)' '], await File.ReadAllBytesAsync(_file));
    }

    [Fact]
    public async Task It_has_no_descriptors_of_ours()
    {
        using var open = File.OpenRead("/etc/passwd");
        await RunAsync($"ls -l /proc/self/fd > {_file}");

        Assert.DoesNotContain("/etc/passwd", File.ReadAllText(_file), StringComparison.Ordinal);
    }

    private static Task<int> RunAsync(string script, string shell = "/bin/sh")
    {
        var child = Child.Start([Encoding.UTF8.GetBytes(shell), "-c"u8.ToArray(), Encoding.UTF8.GetBytes(script)], RawEnvironment.OfThisProcess());
        return child.WaitAsync().ContinueWith(
            ended =>
            {
                child.Dispose();
                return ended.Result;
            },
            TaskScheduler.Default);
    }
}
