using Sanctum.EndToEnd.Tests.Harness;

namespace Sanctum.EndToEnd.Tests.Durability;

/// <summary><c>init</c> and <c>restore</c>, killed at steps that change a file, at each of them in a <see cref="Campaign"/>: the next try goes on.</summary>
public sealed class MakingCrashTests
{
    private const string Steps = "openat,mkdir,rename,unlink,ftruncate,fsync,pwrite64";

    [Fact]
    public async Task An_init_that_was_killed_at_any_step_is_gone_on_with()
    {
        await TracedCommand.RequireAsync();
        await KillAtEveryAsync(3, ["init"], _ => Task.CompletedTask);
    }

    [Fact]
    public async Task A_restore_that_was_killed_at_any_step_is_gone_on_with()
    {
        await TracedCommand.RequireAsync();
        await using var origin = new SanctumHome();
        (await origin.RunAsync("init")).Done();
        await origin.StoreAsync("a/b", "a secret");
        var backup = Path.Join(origin.Directory, "backup");
        (await origin.RunAsync("backup", backup)).Done();
        await KillAtEveryAsync(12, ["restore", backup], async home => Assert.Equal("a secret", (await home.RunAsync("get", "a/b")).Done().Output));
    }

    private static async Task KillAtEveryAsync(int stride, string[] command, Func<SanctumHome, Task> check)
    {
        stride = Campaign.IsOn ? 1 : stride;
        int steps;
        await using (var home = new SanctumHome())
        {
            steps = await RunTracedAsync(home, command, killAfter: null);
            Assert.True(steps > 30, $"only {steps} steps were seen");
        }

        // Two at a time: most of it is waiting.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, steps / stride).Select(i => 1 + (i * stride)),
            new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (step, _) =>
            {
                await using var home = new SanctumHome();
                await RunTracedAsync(home, command, step);
                if (!File.Exists(Path.Join(home.Vault, "vault.sealed")))
                {
                    var again = await home.RunAsync(command);
                    Assert.True(again.ExitCode == 0, $"killed after step {step}: {again.Errors}");
                }

                (await home.RunAsync("audit", "verify")).Done();
                await check(home);
                Assert.False(File.Exists(Path.Join(home.Vault, "vault.making")), $"killed after step {step}");
            });
    }

    private static Task<int> RunTracedAsync(SanctumHome home, string[] command, int? killAfter) => TracedCommand.RunAsync(
        home,
        Steps,
        [home.Vault, .. new[] { "making", "lock", "db", "db-wal", "db-shm", "db-journal", "sealed", "sealed.tmp" }.Select(it => Path.Join(home.Vault, "vault." + it))],
        command,
        pause: 10_000,
        killAfter);
}
