using System.Diagnostics;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Host;

/// <summary>What people install is one file. These are for the native build: a build for <c>dotnet</c> is many files.</summary>
public sealed class AloneTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_executable_works_alone_in_an_empty_folder_and_through_a_link(bool throughLink)
    {
        var native = Environment.GetEnvironmentVariable("SANCTUM_TEST_EXECUTABLE");
        Assert.SkipUnless(native is { Length: > 0 } && !File.Exists(native + ".dll"), "this build is not the native one: 'dotnet run build.cs -- test-aot' runs it");
        await using var home = new SanctumHome();
        var alone = Path.Join(Directory.CreateDirectory(Path.Join(home.Directory, "alone")).FullName, "sanctum");
        File.Copy(native, alone);
        var command = alone;
        if (throughLink)
        {
            command = Path.Join(Directory.CreateDirectory(Path.Join(home.Directory, "bin")).FullName, "vault");
            File.CreateSymbolicLink(command, alone);
        }

        // The demonstration makes a vault, starts a daemon, signs in and uses secrets: it needs both libraries.
        var told = await RunAsync(home, command, "demo");
        Assert.True(told.ExitCode == 0, told.Errors + told.Output);
        Assert.Matches("All [0-9]+ checks passed", told.Output);
        Assert.Equal([alone], Directory.GetFileSystemEntries(Path.GetDirectoryName(alone)!));
    }

    // With no variable that could name a folder to find libraries in.
    private static async Task<CliResult> RunAsync(SanctumHome home, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = home.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["HOME"] = home.Directory;
        start.Environment["PATH"] = "/usr/bin:/bin";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await errors);
    }
}
