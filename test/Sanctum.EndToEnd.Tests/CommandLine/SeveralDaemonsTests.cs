using System.Diagnostics;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.CommandLine;

/// <summary>What docs/scale-out.md offers for trying is run as it stands, and used.</summary>
public sealed class SeveralDaemonsTests
{
    [Fact]
    public async Task Three_daemons_serve_one_vault_as_the_page_says()
    {
        Assert.SkipUnless(Directory.Exists("/usr/lib/postgresql"), "there is no PostgreSQL here: install the package postgresql");
        var folder = Directory.CreateTempSubdirectory("sanctum-several-");
        var script = await StartAsync(folder.FullName);
        try
        {
            for (string? line; (line = await script.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3))) != "stop them with Ctrl-C";)
            {
                if (line is null)
                {
                    Assert.Fail($"the script ended: {await script.StandardError.ReadToEndAsync()}");
                }
            }

            await RunAsync(folder.FullName, 1, "agent", "register", "helper");
            await RunAsync(folder.FullName, 2, "store", "hooks/key", "--type", "hmac");
            await RunAsync(folder.FullName, 3, "policy", "add", "hooks", "--principal", "agent:helper", "--resources", "hooks/*", "--actions", "use");
            var key = Path.Join(folder.FullName, "daemon1", "keys", "helper.key");
            await Eventually.HoldsAsync(async () => (await TryAsync(folder.FullName, 2, "sign", "hooks/key", "--agent", "helper", "--key", key)).ExitCode == 0);
            await RunAsync(folder.FullName, 1, "policy", "remove", "hooks");
            foreach (var number in Enumerable.Range(1, 3))
            {
                Assert.NotEqual(0, (await TryAsync(folder.FullName, number, "sign", "hooks/key", "--agent", "helper", "--key", key)).ExitCode);
                Assert.Contains("intact", (await RunAsync(folder.FullName, number, "audit", "verify")).Output, StringComparison.Ordinal);
            }
        }
        finally
        {
            using (Process.Start("/bin/kill", ["-TERM", $"{script.Id}"]))
            {
                await script.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            }

            script.Dispose();
            folder.Delete(recursive: true);
        }
    }

    // The script calls sanctum by its name.
    private static async Task<Process> StartAsync(string folder)
    {
        var sanctum = SanctumExecutable.Start([]);
        var bin = Directory.CreateDirectory(Path.Join(folder, "bin"));
        var called = Path.Join(bin.FullName, "sanctum");
        await File.WriteAllTextAsync(called, $"#!/bin/sh\nexec {sanctum.FileName} {string.Join(' ', sanctum.ArgumentList)} \"$@\"\n");
        File.SetUnixFileMode(called, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("/bin/sh", [Path.Join(Repository.Root, "packaging", "several-daemons.sh"), folder]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{bin.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        return Process.Start(start)!;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string folder, int number, params string[] arguments)
    {
        var ran = await TryAsync(folder, number, arguments);
        Assert.True(ran.ExitCode == 0, $"{string.Join(' ', arguments)}: {ran.Output}");
        return ran;
    }

    private static async Task<(int ExitCode, string Output)> TryAsync(string folder, int number, params string[] arguments)
    {
        using var process = Process.Start(SanctumExecutable.Start(["--vault-path", Path.Join(folder, $"daemon{number}"), "--passphrase-file", Path.Join(folder, "passphrase"), .. arguments]))!;
        await process.StandardInput.WriteAsync("a shared secret of some length");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, output + await errors);
    }
}
