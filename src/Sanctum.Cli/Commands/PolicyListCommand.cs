using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy list</c></summary>
internal static class PolicyListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the policies"), run => run.AsOperatorAsync(async vault =>
    {
        var all = await vault.ListPoliciesAsync(run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new PoliciesDocument(all), json => json.PoliciesDocument, () => run.Terminal.Table(
            ["NAME", "PRINCIPAL", "RESOURCES", "ACTIONS", "MAX TTL", "CONDITIONS"],
            all.Select(it => new[]
            {
                it.Enabled ? it.Name : $"{it.Name} (off)", it.Principal, string.Join(", ", it.Resources), string.Join(", ", it.Actions), $"{it.MaxTtl}s",
                PolicyText.Conditions(it.Conditions),
            }),
            "no policies, so no agent has permissions; add one with 'sanctum policy add NAME'"));
    }));
}
