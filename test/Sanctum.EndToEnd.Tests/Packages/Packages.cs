using System.Diagnostics;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Packages;

/// <summary>What <c>build.cs -- package</c> made.</summary>
internal static class Packages
{
    /// <summary>The folder with them; skips where there is none to test.</summary>
    public static string Require()
    {
        var folder = Environment.GetEnvironmentVariable("SANCTUM_TEST_PACKAGES");
        Assert.SkipUnless(folder is { Length: > 0 }, "there are no packages here: 'dotnet run build.cs -- package', then 'dotnet run build.cs -- test-package'");
        return folder;
    }

    public static string One(string pattern) => Directory.GetFiles(Require(), pattern).Single();

    /// <summary>Runs a script of sh's with nothing in its environment but a home, a path and what is given.</summary>
    public static async Task<CliResult> ShellAsync(string home, string path, string script, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-s"]) { WorkingDirectory = home, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        (start.Environment["HOME"], start.Environment["PATH"]) = (home, path);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await errors);
    }
}
