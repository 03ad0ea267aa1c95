using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy show NAME</c></summary>
internal static class PolicyShowCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The policy" };
        return runner.Bind(new Command("show", "Show a policy, whole") { name }, run => run.AsOperatorAsync(async vault =>
        {
            var all = await vault.ListPoliciesAsync(run.Cancelled).ConfigureAwait(false);
            var policy = all.FirstOrDefault(it => it.Name == run.Get(name)) ?? throw CliErrors.NoPolicy(run.Get(name), all.Select(it => it.Name));
            run.Terminal.Result(policy, json => json.PolicyView, () =>
            {
                foreach (var (member, value) in PolicyText.Members(policy))
                {
                    run.Terminal.Line($"{member,-11} {value}");
                }
            });
        }));
    }
}
