using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum lease revoke ID|--agent A|--all</c></summary>
internal static class LeaseRevokeCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string?>("ID") { Description = "One lease", Arity = ArgumentArity.ZeroOrOne };
        var agent = new Option<string?>("--agent") { Description = "All leases of an agent", HelpName = "A" };
        var all = new Option<bool>("--all") { Description = "All leases" };
        return runner.Bind(new Command("revoke", "End leases at once: give ID, --agent or --all") { id, agent, all }, run =>
        {
            var request = new RevokeRequest(run.Get(id), run.Get(agent), run.Get(all));
            return (request.LeaseId is null ? 0 : 1) + (request.Agent is null ? 0 : 1) + (request.All ? 1 : 0) == 1
                ? run.AsOperatorAsync(vault => RevokeAsync(run, vault, request))
                : throw CliErrors.Usage("give exactly one of ID, --agent and --all", "'sanctum lease status' shows them");
        });
    }

    private static async Task RevokeAsync(Run run, IOperatorApi vault, RevokeRequest request)
    {
        var count = await vault.RevokeLeasesAsync(request, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Result(new RevokedDocument(count), json => json.RevokedDocument, () => run.Terminal.Line(count == 1 ? "revoked 1 lease" : $"revoked {count} leases"));
    }
}
