using System.Diagnostics;
using System.Globalization;
using Sanctum.EndToEnd.Tests.Durability;
using Sanctum.EndToEnd.Tests.Harness;
using Sanctum.Storage.Postgres.Tests;

namespace Sanctum.EndToEnd.Tests.Moves;

/// <summary>A move that is killed at its steps, at each of them in a <see cref="Campaign"/>: one vault opens then, with all that it had, and the next try ends well.</summary>
public sealed class MoveCrashTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Steps = "openat,rename,unlink,fsync";

    // How long each step is held up before it is done, in microseconds: time for the kill that follows the one before.
    private const string Pause = "20000";

    // A move of a vault that goes to the database counts once this file is there.
    private static readonly string[] Watched = ["", "/vault.move", "/vault.move.tmp", "/config.json", "/config.json.tmp", "/vault.sealed", "/vault.sealed.tmp", "/vault.making", "/vault.db"];

    [Fact]
    public Task A_move_to_the_database_that_is_killed_leaves_one_vault() => KillAsync(stride: 12, toDatabase: true);

    [Fact]
    public Task A_move_to_the_folder_that_is_killed_leaves_one_vault() => KillAsync(stride: 12, toDatabase: false);

    private async Task KillAsync(int stride, bool toDatabase)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not here");
        stride = Campaign.IsOn ? 1 : stride;
        int steps;
        await using (var home = await StartAsync(toDatabase))
        {
            steps = await RunTracedAsync(home, toDatabase, killAfter: null);
            Assert.True(steps > 15, $"only {steps} steps were seen");
            Assert.Equal(toDatabase, home.IsInDatabase);
        }

        var decided = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, steps / stride).Select(i => 1 + (i * stride)), new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (step, _) =>
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
        Assert.True(decided < steps / stride, "no kill came before the decision");
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

    /// <returns>How many steps were seen.</returns>
    private static async Task<int> RunTracedAsync(MovingHome home, bool toDatabase, int? killAfter)
    {
        string[] under = ["strace", "-f", "-qq", "-o", "/dev/stderr", .. Watched.SelectMany(it => new[] { "-P", home.Here.Vault + it }), "-e", $"trace={Steps}", "-e", $"inject={Steps}:delay_enter={Pause}"];
        var start = SanctumExecutable.Start(["vault", "move", "--to", toDatabase ? home.Database : "folder", "--passphrase-file", home.Here.PassphraseFile], under);
        (start.WorkingDirectory, start.Environment["HOME"]) = (home.Here.Directory, home.Here.Directory);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var steps = 0;
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            // "12345 fsync(96) = 0"
            var thread = line.Split(' ')[0];
            if (int.TryParse(thread, NumberStyles.None, CultureInfo.InvariantCulture, out _) && line.Contains('(', StringComparison.Ordinal) && ++steps == killAfter)
            {
                await HostTools.RunAsync("kill", "-9", thread);
            }
        }

        await process.WaitForExitAsync();
        return steps;
    }
}
