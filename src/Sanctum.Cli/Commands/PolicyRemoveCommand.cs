using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy remove NAME</c></summary>
internal static class PolicyRemoveCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The policy" };
        return runner.Bind(new Command("remove", "Remove a policy; leases that only it granted end at once") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var policy = run.Get(name);
            await vault.RemovePolicyAsync(policy, run.Cancelled).ConfigureAwait(false);
            run.Terminal.Result(new RemovedDocument(policy), json => json.RemovedDocument, () => run.Terminal.Line($"removed policy {policy}"));
        }));
    }
}
