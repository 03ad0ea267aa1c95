using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Credentials;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum remove PATH</c></summary>
internal static class RemoveCommand
{
    public static Command Create(Runner runner)
    {
        var path = Paths.Argument();
        var command = new Command("remove", "Remove a credential with all its versions; leases on it end at once") { path };
        command.Aliases.Add("delete");
        return runner.Bind(command, run =>
        {
            var at = CredentialPath.Parse(run.Get(path)).Value;
            return run.AsOperatorAsync(async vault =>
            {
                await vault.RemoveAsync(at, run.Cancelled).ConfigureAwait(false);
                run.Terminal.Result(new RemovedDocument(at), json => json.RemovedDocument, () => run.Terminal.Line($"removed {at}"));
            });
        });
    }
}
