using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy add NAME</c></summary>
internal static class PolicyAddCommand
{
    public static Command Create(Runner runner)
    {
        var options = new PolicyOptions();
        var command = options.AddTo(new Command("add", "Allow some agents some actions on some credentials"));
        return runner.Bind(command, run =>
        {
            var policy = options.Read(run);
            return run.AsOperatorAsync(async vault =>
            {
                var added = await vault.AddPolicyAsync(policy, run.Cancelled).ConfigureAwait(false);
                run.Terminal.Result(added, json => json.PolicyView, () => run.Terminal.Line($"added policy {PolicyText.Sentence(added)}"));
            });
        });
    }
}
