using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Policies;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum approval show ID</c></summary>
internal static class ApprovalShowCommand
{
    public static Command Create(Runner runner)
    {
        var id = new Argument<string>("ID") { Description = "The id of a request for access; see 'sanctum approval list'" };
        return runner.Bind(new Command("show", "Show what an agent asks access for, and what to do about it") { id }, run => run.AsOperatorAsync(async vault =>
        {
            var found = (await vault.ListProposalsAsync(run.Cancelled).ConfigureAwait(false)).FirstOrDefault(it => it.ProposalId == run.Get(id)) ?? throw CliErrors.NoRequestForAccess();
            var shown = ProposalText.Visible(found);
            var credentials = await CredentialsAsync(run, vault).ConfigureAwait(false);
            run.Terminal.Result(shown, json => json.ProposalView, () =>
            {
                foreach (var (member, value) in ProposalText.Members(shown, credentials))
                {
                    run.Terminal.Line($"{member,-11} {value}");
                }
            });
        }));
    }

    // A token that can only approve sees none.
    private static async Task<IReadOnlyList<CredentialView>?> CredentialsAsync(Run run, IOperatorApi vault)
    {
        try
        {
            return await vault.ListAsync(null, null, run.Cancelled).ConfigureAwait(false);
        }
        catch (OperatorException refused) when (refused.Code == "ACCESS_DENIED")
        {
            return null;
        }
    }
}
