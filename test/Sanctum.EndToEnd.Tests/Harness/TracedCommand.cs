using System.Diagnostics;
using System.Globalization;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>A command under strace: its steps at certain files are counted, and it is killed after one of them.</summary>
internal static class TracedCommand
{
    /// <summary>Skips the test where nothing can be traced.</summary>
    public static async Task RequireAsync()
    {
        try
        {
            var (exitCode, said) = await HostTools.RunAsync("strace", "-qq", "-o", "/dev/null", "true");
            Assert.SkipUnless(exitCode == 0, $"strace can't trace here: {said}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("strace is not here");
        }
    }

    /// <param name="home">Whose command it is.</param>
    /// <param name="steps">The system calls that are steps, as strace lists them.</param>
    /// <param name="watched">The files that they are about.</param>
    /// <param name="command">The command, without the passphrase's file.</param>
    /// <param name="pause">How long each step is held up before it is done, in microseconds: time for the kill that follows the one before.</param>
    /// <param name="killAfter">The step after which it is killed; null for none.</param>
    /// <returns>How many steps were seen.</returns>
    public static async Task<int> RunAsync(SanctumHome home, string steps, IEnumerable<string> watched, string[] command, int pause, int? killAfter)
    {
        string[] under = ["strace", "-f", "-qq", "-o", "/dev/stderr", .. watched.SelectMany(it => new[] { "-P", it }), "-e", $"trace={steps}", "-e", $"inject={steps}:delay_enter={pause}"];
        var start = SanctumExecutable.Start([.. command, "--passphrase-file", home.PassphraseFile], under);
        (start.WorkingDirectory, start.Environment["HOME"]) = (home.Directory, home.Directory);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var seen = 0;
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            // "12345 fsync(96) = 0"
            var thread = line.Split(' ')[0];
            if (int.TryParse(thread, NumberStyles.None, CultureInfo.InvariantCulture, out _) && line.Contains('(', StringComparison.Ordinal) && ++seen == killAfter)
            {
                await HostTools.RunAsync("kill", "-9", thread);
            }
        }

        await process.WaitForExitAsync();
        return seen;
    }
}
