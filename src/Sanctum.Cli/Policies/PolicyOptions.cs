using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Policies;

/// <summary>What a policy is made of on the command line.</summary>
internal sealed class PolicyOptions
{
    private const long DefaultMaxTtl = 300;

    private readonly Argument<string> _name = new("NAME") { Description = "The policy's name" };

    private readonly Option<string> _principal = new("--principal") { Description = "The agents that it is for: agent:NAME, or agent:PATTERN with * and ?", HelpName = "P", Required = true };

    private readonly Option<string> _resources = new("--resources") { Description = "Its credentials or tools: 'openai/*', tag:NAME, host:NAME[:PORT] or tool:SERVER/TOOL, with commas", HelpName = "R[,R]", Required = true };

    private readonly Option<string> _actions = new("--actions") { Description = "The actions that it grants, with commas: retrieve, list, store, delete, rotate, use, connect, call", HelpName = "A[,A]", Required = true };

    private readonly Option<long> _maxTtl = new("--max-ttl") { Description = "The longest lease, in seconds", HelpName = "S", DefaultValueFactory = _ => DefaultMaxTtl };

    private readonly Option<string[]> _conditions = new("--condition")
    {
        Description = "A condition; can be repeated: max_retrievals_per_hour=10, max_uses_per_hour=10, time_window=09:00-17:00, "
            + "allowed_operations=sign,http_request, allowed_domains=api.example.com, allowed_methods=GET,POST, allowed_paths=/v1/*, "
            + "allowed_sign_algorithms=..., require_approval=true",
        HelpName = "K=V",
        DefaultValueFactory = _ => [],
    };

    /// <summary>A command that takes all of them.</summary>
    public Command AddTo(Command command)
    {
        command.Add(_name);
        foreach (var option in new Option[] { _principal, _resources, _actions, _maxTtl, _conditions })
        {
            command.Add(option);
        }

        return command;
    }

    public PolicyView Read(Run run) => new(
        run.Get(_name), run.Get(_principal)!, Split("--resources", run.Get(_resources)!), Actions(run.Get(_actions)!), run.Get(_maxTtl), ConditionArguments.Parse(run.Get(_conditions) ?? []));

    private static string[] Split(string option, string value) =>
        CommaSeparated.TryParse(value, out var names) ? names : throw CliErrors.Usage($"{option} has an empty name in it");

    private static string[] Actions(string value)
    {
        var actions = Split("--actions", value);
        return actions.FirstOrDefault(it => !ActionNames.All.Contains(it)) is { } unknown ? throw ActionNames.Unknown(unknown) : actions;
    }
}
