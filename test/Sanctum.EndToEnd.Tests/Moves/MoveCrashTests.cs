using Sanctum.EndToEnd.Tests.Durability;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Storage.Postgres.Tests;

namespace Sanctum.EndToEnd.Tests.Moves;

/// <summary>A move that is killed at its steps, at each of them in a <see cref="Campaign"/>: one vault opens then, with all that it had, and the next try ends well.</summary>
public sealed class MoveCrashTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Steps = "openat,rename,unlink,fsync";

    // A move of a vault that goes to the database counts once this file is there.
    private static readonly string[] Watched = ["", "/vault.move", "/vault.move.tmp", "/config.json", "/config.json.tmp", "/vault.sealed", "/vault.sealed.tmp", "/vault.making", "/vault.db"];

    [Fact]
    public Task A_move_to_the_database_that_is_killed_leaves_one_vault() => KillAsync(stride: 12, toDatabase: true);

    [Fact]
    public Task A_move_to_the_folder_that_is_killed_leaves_one_vault() => KillAsync(stride: 12, toDatabase: false);

    private async Task KillAsync(int stride, bool toDatabase)
    {
        await TracedCommand.RequireAsync();
        stride = Campaign.IsOn ? 1 : stride;
        int steps;
        await using (var home = await StartAsync(toDatabase))
        {
            steps = await RunTracedAsync(home, toDatabase, killAfter: null);
            Assert.True(steps > 15, $"only {steps} steps were seen");
            Assert.Equal(toDatabase, home.IsInDatabase);
        }

        // What comes after the decision is short: the last steps are always among them.
        int[] killed = [.. Enumerable.Range(0, steps / stride).Select(i => 1 + (i * stride)).Union([steps - 7, steps - 4, steps - 2]).Order()];
        var decided = 0;
        await Parallel.ForEachAsync(killed, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (step, _) =>
        {
            await using var home = await StartAsync(toDatabase);
            await RunTracedAsync(home, toDatabase, step);
            var state = $"killed after step {step} of {steps}: {string.Join(' ', Directory.GetFiles(home.Here.Vault).Select(it => Path.GetFileName(it)))}";

            // Another daemon finds it in the database, or this folder has it, or this folder finishes what was decided. Never two.
            var there = await MovingHome.OpensAsync(home.There);
            var isHere = !home.IsInDatabase && !home.IsPending && File.Exists(Path.Join(home.Here.Vault, "vault.sealed"));
            Assert.False(there && isHere, state);
            Assert.True(there || isHere || home.IsPending, state);

            // What opens has all that the vault had, wherever it is.
            var (verified, got) = (await home.Here.RunAsync("audit", "verify"), await home.Here.RunAsync("get", "a/b"));
            Assert.True(verified.ExitCode == 0 && got.Output == "a second secret", $"{state}: {verified.Errors} {got.Errors}");
            Assert.False(home.IsPending, state);
            Assert.True(await MovingHome.OpensAsync(home.There) == home.IsInDatabase, $"{state}: two vaults, or none");
            Interlocked.Add(ref decided, home.IsInDatabase == toDatabase ? 1 : 0);

            var again = await MoveAsync(home, toDatabase);
            Assert.True(again.ExitCode == 0 || (again.ExitCode == 2 && again.Errors.Contains("already", StringComparison.Ordinal)), $"{state}: {again.Errors}");
            Assert.Equal(toDatabase, home.IsInDatabase);
            Assert.True(await MovingHome.OpensAsync(home.Here), state);
            Assert.True(await MovingHome.OpensAsync(home.There) == toDatabase, state);
        });
        Assert.True(decided > 0, "no kill came after the decision");
        Assert.True(decided < killed.Length, "no kill came before the decision");
    }

    private async Task<MovingHome> StartAsync(bool toDatabase)
    {
        var home = await MovingHome.MadeAsync(server.NewVault());
        if (!toDatabase)
        {
            (await home.OutAsync()).Done();
        }

        return home;
    }

    private static Task<CliResult> MoveAsync(MovingHome home, bool toDatabase) => toDatabase ? home.OutAsync() : home.BackAsync();

    private static Task<int> RunTracedAsync(MovingHome home, bool toDatabase, int? killAfter) => TracedCommand.RunAsync(
        home.Here, Steps, Watched.Select(it => home.Here.Vault + it), ["vault", "move", "--to", toDatabase ? home.Database : "folder"], pause: 20_000, killAfter);
}
