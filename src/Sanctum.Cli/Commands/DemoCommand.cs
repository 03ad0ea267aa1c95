using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Demo;
using Sanctum.Cli.Loopback;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum demo</c></summary>
internal static class DemoCommand
{
    public static Command Create(Runner runner) => runner.Bind(
        new Command("demo", "Show the whole story on a throw-away vault, and check each step. Leaves nothing behind"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        run.RequireThisMachine();
        if (run.Terminal.Json)
        {
            throw CliErrors.Usage("'sanctum demo' has no JSON output", "run it without --json; its exit code says whether all steps passed");
        }

        var held = await TellAsync(run).ConfigureAwait(false);
        run.Terminal.Line();
        run.Terminal.Line($"All {held} checks passed. The daemon is stopped and the vault is removed.");
        run.Terminal.Line("For a vault of your own, begin with 'sanctum init'.");
    }

    private static async Task<int> TellAsync(Run run)
    {
        using var folder = ThrowAwayVault.InTemporaryFolder("demo");
        await using var shell = new DemoShell(run.Terminal, folder.Vault, run.Cancelled);
        await using var service = await LoopbackService.StartAsync().ConfigureAwait(false);
        var story = new DemoStory(run.Terminal, shell, folder.Vault, service, run.Cancelled);
        await story.TellAsync().ConfigureAwait(false);
        return story.Checked;
    }
}
