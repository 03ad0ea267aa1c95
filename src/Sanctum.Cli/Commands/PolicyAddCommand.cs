using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy add NAME</c></summary>
internal static class PolicyAddCommand
{
    private const long DefaultMaxTtl = 300;

    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "What to call it" };
        var principal = new Option<string>("--principal") { Description = "Whom it is about: agent:NAME, or agent:PATTERN with * and ?", HelpName = "P", Required = true };
        var resources = new Option<string>("--resources") { Description = "Which credentials: patterns with commas, such as 'openai/*'", HelpName = "R[,R]", Required = true };
        var actions = new Option<string>("--actions") { Description = "What it grants, with commas: retrieve, list, store, delete, rotate, use", HelpName = "A[,A]", Required = true };
        var maxTtl = new Option<long>("--max-ttl") { Description = "The longest lease, in seconds", HelpName = "S", DefaultValueFactory = _ => DefaultMaxTtl };
        var conditions = new Option<string[]>("--condition")
        {
            Description = "What else must hold; may be given several times: max_retrievals_per_hour=10, max_uses_per_hour=10, time_window=09:00-17:00, "
                + "allowed_operations=sign,http_request, allowed_domains=api.example.com, allowed_methods=GET,POST, allowed_paths=/v1/*, "
                + "allowed_sign_algorithms=..., require_approval=true",
            HelpName = "K=V",
            DefaultValueFactory = _ => [],
        };
        var command = new Command("add", "Allow some agents some actions on some credentials") { name, principal, resources, actions, maxTtl, conditions };
        return runner.Bind(command, run =>
        {
            var policy = new PolicyView(
                run.Get(name), run.Get(principal)!, Split("--resources", run.Get(resources)!), Actions(run.Get(actions)!),
                run.Get(maxTtl), ConditionArguments.Parse(run.Get(conditions) ?? []));
            return run.AsOperatorAsync(vault => AddAsync(run, vault, policy));
        });
    }

    private static async Task AddAsync(Run run, IOperatorApi vault, PolicyView policy)
    {
        var added = await vault.AddPolicyAsync(policy, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(added, json => json.PolicyView, () => run.Terminal.Line(
            $"added policy {added.Name}: {added.Principal} may {string.Join(", ", added.Actions)} {string.Join(", ", added.Resources)}"));
    }

    private static string[] Split(string option, string value) =>
        CommaSeparated.TryParse(value, out var names) ? names : throw CliErrors.Usage($"{option} has an empty name in it");

    private static string[] Actions(string value)
    {
        var actions = Split("--actions", value);
        return actions.FirstOrDefault(it => !ActionNames.All.Contains(it)) is { } unknown ? throw ActionNames.Unknown(unknown) : actions;
    }
}
