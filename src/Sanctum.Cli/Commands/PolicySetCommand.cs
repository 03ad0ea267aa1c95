using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy set NAME</c></summary>
internal static class PolicySetCommand
{
    public static Command Create(Runner runner)
    {
        var options = new PolicyOptions();
        var command = options.AddTo(new Command("set", "Add a policy, or replace the one of its name at once; running calls that it still grants go on"));
        return runner.Bind(command, run =>
        {
            var policy = options.Read(run);
            return run.AsOperatorAsync(async vault =>
            {
                var set = await vault.SetPolicyAsync(policy, run.Cancelled).ConfigureAwait(false);
                run.Terminal.Result(set, json => json.PolicyView, () => run.Terminal.Line($"set policy {PolicyText.Sentence(set)}"));
            });
        });
    }
}
