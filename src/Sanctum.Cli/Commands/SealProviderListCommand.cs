using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum seal-provider list</c></summary>
internal static class SealProviderListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the seal providers in the order in which they are tried"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListSealProvidersAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new SealProvidersDocument(all), json => json.SealProvidersDocument, () => run.Terminal.Table(
            ["NAME", "TYPE", "SETTINGS"],
            all.Select(it => new[] { it.Name, it.Type, it.Settings }),
            "no seal providers; only the passphrase opens the vault"));
    }));
}
