using System.Globalization;
using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary><c>init</c> and <c>restore</c>, killed at every step that changes a file: the next try goes on.</summary>
public sealed class MakingCrashTests
{
    // What changes a file or a folder. A kill that is delivered at a call's entry leaves the call undone.
    private const string Steps = "openat,mkdir,rename,renameat2,unlink,ftruncate,fsync,fdatasync,pwrite64";

    [Fact]
    public async Task An_init_that_was_killed_at_any_step_is_gone_on_with()
    {
        await HasStraceAsync();
        await KillAtEveryStepAsync(async home => (await home.RunAsync("init")).Errors, home => ["init"]);
    }

    [Fact]
    public async Task A_restore_that_was_killed_at_any_step_is_gone_on_with()
    {
        await HasStraceAsync();
        await using var origin = new SanctumHome();
        (await origin.RunAsync("init")).Done();
        await origin.StoreAsync("a/b", "a secret");
        var backup = Path.Join(origin.Directory, "backup");
        (await origin.RunAsync("backup", backup)).Done();
        await KillAtEveryStepAsync(
            async home => (await home.RunAsync("restore", backup)).Errors,
            home => ["restore", backup],
            async home => Assert.Equal("a secret", (await home.RunAsync("get", "a/b")).Done().Output));
    }

    private static async Task KillAtEveryStepAsync(
        Func<SanctumHome, Task<string>> again, Func<SanctumHome, string[]> command, Func<SanctumHome, Task>? check = null)
    {
        // The steps are counted in the vault's folder alone, first without a kill.
        var steps = await StepsAsync(command);
        Assert.True(steps > 10, $"only {steps} steps");
        for (var step = 1; step <= steps; step++)
        {
            await using var home = new SanctumHome();
            home.Under = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", home.Vault, .. Watched(home), "-e", $"trace={Steps}",
                "-e", $"inject={Steps}:signal=SIGKILL:when={step.ToString(CultureInfo.InvariantCulture)}"];
            await home.RunAsync(command(home));
            home.Under = [];
            if (!File.Exists(Path.Join(home.Vault, "vault.sealed")))
            {
                var errors = await again(home);
                Assert.True(File.Exists(Path.Join(home.Vault, "vault.sealed")), $"step {step}: {errors}");
            }

            (await home.RunAsync("audit", "verify")).Done();
            await (check?.Invoke(home) ?? Task.CompletedTask);
            Assert.False(File.Exists(Path.Join(home.Vault, "vault.making")), $"step {step}");
        }
    }

    private static async Task<int> StepsAsync(Func<SanctumHome, string[]> command)
    {
        await using var home = new SanctumHome();
        var log = Path.Join(home.Directory, "steps");
        home.Under = ["strace", "-f", "-qq", "-o", log, "-P", home.Vault, .. Watched(home), "-e", $"trace={Steps}"];
        (await home.RunAsync(command(home))).Done();
        return (await File.ReadAllLinesAsync(log)).Count(it => it.Contains('(', StringComparison.Ordinal));
    }

    private static IEnumerable<string> Watched(SanctumHome home) =>
        new[] { "vault.making", "vault.lock", "vault.db", "vault.db-wal", "vault.db-shm", "vault.db-journal", "vault.sealed", "vault.sealed.tmp" }
            .SelectMany(name => new[] { "-P", Path.Join(home.Vault, name) });

    private static async Task HasStraceAsync()
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
}
