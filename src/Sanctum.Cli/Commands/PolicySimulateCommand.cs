using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum policy simulate</c></summary>
internal static class PolicySimulateCommand
{
    private const string HttpRequest = "http_request";
    private const string Connect = "connect";
    private const string HostPrefix = "host:";
    private const string Call = "call";
    private const string ToolPrefix = "tool:";

    public static Command Create(Runner runner)
    {
        var agent = new Option<string>("--agent") { Description = "Which agent", HelpName = "A", Required = true };
        var resource = new Option<string>("--resource") { Description = "Which credential, by its path; for connect, host:NAME or host:NAME:PORT; for call, tool:SERVER/TOOL", HelpName = "R", Required = true };
        var action = new Option<string>("--action") { Description = "Which action: retrieve, list, store, delete, rotate, use, connect, call", HelpName = "A", Required = true };
        var operation = new Option<string?>("--operation") { Description = "Which operation of a use, such as sign", HelpName = "O" };
        var method = new Option<string?>("--method") { Description = "The method of a request. Default: GET", HelpName = "M" };
        var url = new Option<string?>("--url") { Description = "The URL of a request; then the operation is http_request, and the credential's binding is checked too", HelpName = "URL" };
        var command = new Command("simulate", "Show whether a policy allows a call now, and why. Exit code 1 if none does")
        {
            agent, resource, action, operation, method, url,
        };
        return runner.Bind(command, async run =>
        {
            var request = new SimulateRequest(
                run.Get(agent)!, run.Get(resource)!, run.Get(action)!, run.Get(operation) ?? (run.Has(url) ? HttpRequest : null), run.Get(method), run.Get(url));
            Check(request);

            var allowed = false;
            await run.AsOperatorAsync(async vault => allowed = await SimulateAsync(run, vault, request).ConfigureAwait(false)).ConfigureAwait(false);
            return allowed ? ExitCode.Done : ExitCode.Refused;
        });
    }

    // A call that makes no sense would be decided as another one.
    private static void Check(SimulateRequest request)
    {
        if (!ActionNames.All.Contains(request.Action))
        {
            throw ActionNames.Unknown(request.Action);
        }

        if (request is { Action: Connect } and not { Operation: null, Method: null, Url: null })
        {
            throw CliErrors.Usage("--action connect takes no operation, method or URL", "name the host with --resource host:NAME or host:NAME:PORT");
        }

        if (request is { Action: Connect } != request.Resource.StartsWith(HostPrefix, StringComparison.Ordinal))
        {
            throw CliErrors.Usage("the resources of --action connect are hosts, and those of other actions are credentials", "name a host with --resource host:NAME or host:NAME:PORT");
        }

        if (request is { Action: Call } and not { Operation: null, Method: null, Url: null })
        {
            throw CliErrors.Usage("--action call takes no operation, method or URL", "name the tool with --resource tool:SERVER/TOOL");
        }

        if (request is { Action: Call } != request.Resource.StartsWith(ToolPrefix, StringComparison.Ordinal))
        {
            throw CliErrors.Usage("the resources of --action call are tools, and those of other actions are credentials", "name a tool with --resource tool:SERVER/TOOL");
        }

        if (request is { Method: not null, Url: null })
        {
            throw CliErrors.Usage("--method requires --url", "add the request's URL");
        }

        if (request.Url is not null && (request.Action != "use" || request.Operation != HttpRequest))
        {
            throw CliErrors.Usage($"--url requires --action use and the operation {HttpRequest}", $"use --action use; {HttpRequest} is the default operation with --url");
        }
    }

    private static async Task<bool> SimulateAsync(Run run, IOperatorApi vault, SimulateRequest request)
    {
        var it = await vault.SimulateAsync(request, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(it, json => json.SimulationView, () =>
        {
            run.Terminal.Line(it.Allowed ? "allowed" : $"refused: {it.Code}");
            run.Terminal.Line($"  why       {it.Reason}");
            if (it.Policies.Count > 0)
            {
                run.Terminal.Line($"  policies  {string.Join(", ", it.Policies)}");
            }

            if (it.MaxTtl is { } ttl)
            {
                run.Terminal.Line($"  max ttl   {ttl}s");
            }
        });
        run.Terminal.Warn(it.Warnings);
        await NoteAbsentAsync(run, vault, request).ConfigureAwait(false);
        return it.Allowed;
    }

    // Policies are about names, whether anything has them or not; a slip in one would look like a decision.
    private static async Task NoteAbsentAsync(Run run, IOperatorApi vault, SimulateRequest request)
    {
        var agent = (await vault.ListAgentsAsync(run.Cancelled).ConfigureAwait(false)).FirstOrDefault(it => it.Name == request.Agent);
        if (agent is null or { Enabled: false })
        {
            run.Terminal.Note(agent is null ? $"note: there is no agent '{request.Agent}'" : $"note: agent '{request.Agent}' is disabled, and can't sign in");
        }

        if (request.Action is not (Connect or Call) && (await vault.ListAsync(null, null, run.Cancelled).ConfigureAwait(false)).All(it => it.Path != request.Resource))
        {
            run.Terminal.Note($"note: there is no credential at '{request.Resource}'");
        }
    }
}
