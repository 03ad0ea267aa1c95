using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Hosting;
using Sanctum.Storage;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum vault upgrade</c></summary>
internal static class VaultUpgradeCommand
{
    public static Command Create(Runner runner) => runner.Bind(
        new Command("upgrade", "Give the vault's database the version of this program, when all its daemons are of this version. They keep running"), RunAsync);

    private static async Task RunAsync(Run run)
    {
        if (!run.Vault.HoldsVault)
        {
            throw CliErrors.NoVault(run.Vault.Path);
        }

        var upgraded = await UpgradeAsync(run).ConfigureAwait(false);
        run.Terminal.Result(
            new UpgradeDocument(upgraded?.Before, upgraded?.Now, Upgraded: upgraded is { } versions && versions.Before != versions.Now), json => json.UpgradeDocument,
            () => run.Terminal.Line(upgraded switch
            {
                null => "nothing to do: a vault in a folder is upgraded when its daemon starts",
                var (before, now) when before == now => $"nothing to do: the vault's tables have version {now} already",
                var (before, now) => $"the vault's tables have version {now}; they had {before}. Earlier versions of sanctum can't open the vault any more",
            }));
    }

    private static async Task<(int Before, int Now)?> UpgradeAsync(Run run)
    {
        try
        {
            return await run.Terminal.WhileAsync("upgrading", () => VaultStores.UpgradeAsync(run.Vault.Path, run.Cancelled)).ConfigureAwait(false);
        }
        catch (StoreException e) when (e.Reason == StoreFailure.InUse)
        {
            throw CliErrors.NotUpgraded(e);
        }
    }
}
