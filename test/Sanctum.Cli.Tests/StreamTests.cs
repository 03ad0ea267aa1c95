namespace Sanctum.Cli.Tests;

/// <summary>Streams that are closed or full, as cron jobs, services and full disks have them.</summary>
public sealed class StreamTests(StreamTests.OneVault vault) : IClassFixture<StreamTests.OneVault>
{
    [Theory]
    [InlineData("list", ">&-")]
    [InlineData("list", ">/dev/full")]
    [InlineData("list --json", ">&-")]
    [InlineData("get a/b", ">&-")]
    [InlineData("get a/b", ">/dev/full")]
    [InlineData("audit log", ">/dev/full")]
    [InlineData("policy simulate --agent a --resource a/b --action use", ">&-")]
    [InlineData("--help", ">&-")]
    [InlineData("--version", ">/dev/full")]
    public async Task A_result_that_can_not_be_written_is_a_failure_and_says_so(string command, string stream)
    {
        var result = await RunAsync(command, stream);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the result can't be written to stdout", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list", "2>&-", 0)]
    [InlineData("get no/where", "2>&-", 1)]
    [InlineData("get no/where", "2>/dev/full", 1)]
    [InlineData("get no/where --verbose", "2>/dev/full", 1)]
    [InlineData("xyzzy", "2>&-", 2)]
    [InlineData("xyzzy", "2>/dev/full", 2)]
    [InlineData("daemon status", "2>&-", 4)]
    [InlineData("get no/where", "<&- >&- 2>&-", 1)]
    [InlineData("store a/c", "<&-", 2)]
    [InlineData("store a/c", "<&- 2>&-", 2)]
    public async Task The_exit_code_tells_where_nothing_can_be_printed(string command, string stream, int exitCode) =>
        Assert.Equal(exitCode, (await RunAsync(command, stream)).ExitCode);

    [Theory]
    [InlineData("list")]
    [InlineData("list --json")]
    [InlineData("get a/b")]
    [InlineData("audit log")]
    [InlineData("--help")]
    [InlineData("store --help")]
    [InlineData("--version")]
    [InlineData("man")]
    [InlineData("completion bash")]
    public async Task A_reader_that_has_left_ends_the_command_as_it_ends_any_other_and_nothing_is_said(string command)
    {
        // The pipe has no reader any more when the command begins.
        var result = await CliProcess.RunAsync(
            ["-c", $"{{ read -r go; {CliProcess.Path} {command}; echo $? >&2; }} < <(sleep 0.1 & wait; echo) | true"], vault.Folder.Environment, program: "/bin/bash");

        Assert.Equal("141\n", result.Errors);
    }

    [Theory]
    [InlineData(">&-", 1)]
    [InlineData("<&-", 0)]
    [InlineData("2>&-", 0)]
    [InlineData("<&- >&- 2>&-", 1)]
    [InlineData(">/dev/full 2>/dev/full", 1)]
    [InlineData("2>/dev/full", 0)]
    public async Task A_daemon_starts_and_stops_whatever_the_streams_are(string stream, int exitCode)
    {
        await using var folder = new CliFolder();
        await folder.MakeVaultAsync();

        Assert.Equal(exitCode, (await RunAsync("daemon start", stream, folder)).ExitCode);
        await folder.DoAsync("list");
        Assert.Equal(exitCode, (await RunAsync("daemon status", stream, folder)).ExitCode);
        Assert.Equal(exitCode, (await RunAsync("daemon stop", stream, folder)).ExitCode);
        Assert.Equal(4, (await folder.RunAsync("daemon status")).ExitCode);
    }

    [Theory]
    [InlineData(">")]
    [InlineData(">>")]
    public async Task Results_in_one_file_stand_one_after_the_other(string stream)
    {
        var script = $"cd '{vault.Folder.Home}'; rm -f together; {{ {CliProcess.Path} get a/b; echo; {CliProcess.Path} get a/b; echo; }} {stream}together; cat together";

        Assert.Equal("a value\na value\n", (await CliProcess.RunAsync(["-c", script], vault.Folder.Environment, program: "/bin/sh")).Output);
    }

    [Theory]
    [InlineData("list", "unset HOME", 1)]
    [InlineData("list", "HOME=", 1)]
    [InlineData("init", "HOME=/proc", 1)]
    [InlineData("init", "HOME=/dev/null", 1)]
    [InlineData("list", "HOME=/nowhere", 2)]
    public async Task A_home_that_is_none_has_a_documented_exit_code(string command, string home, int exitCode)
    {
        // Not the tester's own vault.
        var environment = new Dictionary<string, string>(vault.Folder.Environment) { ["SANCTUM_PASSPHRASE"] = "of no vault at all" };
        var result = await CliProcess.RunAsync(["-c", $"{home}; exec {CliProcess.Path} {command}"], environment, program: "/bin/sh");

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("sanctum: ", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    private Task<CliResult> RunAsync(string command, string stream, CliFolder? folder = null) =>
        CliProcess.RunAsync(["-c", $"exec {CliProcess.Path} {command} {stream}"], (folder ?? vault.Folder).Environment, program: "/bin/sh");

    /// <summary>None of the commands changes it.</summary>
    public sealed class OneVault : IAsyncLifetime
    {
        public CliFolder Folder { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Folder.MakeVaultAsync();
            await Folder.DoAsync("store a/b", "a value");
        }

        public ValueTask DisposeAsync() => Folder.DisposeAsync();
    }
}
