using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval grant ID</c></summary>
internal static class ApprovalGrantCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = "The id of a request for access; see 'sanctum approval list'" };
        var path = new Option<string?>("--path") { Description = "The credential, where the agent named only a service", HelpName = "PATH" };
        var operation = new Option<string?>("--operation") { Description = "The operation: the one that was asked for", HelpName = "O" };
        var hosts = new Option<string[]?>("--host") { Description = "Only requests to this host; can be repeated", HelpName = "H" };
        var methods = new Option<string[]?>("--method") { Description = "Only requests with this method; can be repeated", HelpName = "M" };
        var span = new Option<string?>("--for") { Description = "For how long: 90s, 15m, 8h, 1d. Default: as long as was asked for, and never longer", HelpName = "TIME" };
        var most = new Option<int?>("--max") { Description = "How often in any hour", HelpName = "N" };
        return runner.Bind(new Command("grant", "Make a policy of what an agent asks for, or of less. It ends by itself") { id, path, operation, hosts, methods, span, most }, run =>
        {
            var grant = new ProposalGrant(run.Get(id), run.Get(path), run.Get(operation), run.Get(hosts), run.Get(methods), Seconds(run.Get(span)), run.Get(most));
            return run.AsOperatorAsync(async vault =>
            {
                var granted = ProposalText.Visible(await vault.GrantProposalAsync(grant, run.Cancelled).ConfigureAwait(false));
                run.Terminal.Result(granted, json => json.ProposalView, () => run.Terminal.Line(
                    $"granted {granted.Granted!.Operation} {granted.Granted.Path} to {granted.Agent} until {Times.Local(granted.Granted.ExpiresAt)}, by policy {granted.Granted.Policy}"));
            });
        });
    }

    private static long? Seconds(string? span) =>
        span is null ? null
        : Times.TryParseSpan(span, out var parsed) ? (long)parsed.TotalSeconds
        : throw CliErrors.InvalidValue("--for", "a number and a unit: 90s, 15m, 8h, 1d");
}
