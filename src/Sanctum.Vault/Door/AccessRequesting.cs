using System.Globalization;
using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Policies;
using Sanctum.Policies.Proposals;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>
/// An agent asks an operator for access. It is told the same whether what it names exists or not, and learns nothing else before an operator has decided.
/// </summary>
internal static class AccessRequesting
{
    public static async Task<AccessProposal> RequestAsync(UnsealedVault vault, Caller caller, AccessRequest request, CancellationToken cancellationToken)
    {
        ProposalRules.Validate(request);
        if (request.Path is { } path)
        {
            var decision = new DecisionRequest(caller.Agent, PolicyActions.Use, path, null, vault.Moment);
            await vault.Authorizer.RequireNoHoneytokenAsync(caller, decision, path, AuditActions.AccessRequest).ConfigureAwait(false);
        }

        await vault.Changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The agent may have been removed while this waited.
            caller.Session.Require();
            return ProposalRegistry.Shown(vault, await AddAsync(vault, caller, request).ConfigureAwait(false));
        }
        finally
        {
            vault.Changing.Release();
        }
    }

    /// <exception cref="VaultException">No request of this agent has this handle; invalid params.</exception>
    public static AccessProposal Status(UnsealedVault vault, Caller caller, string id) =>
        vault.Proposals.Find(id) is { } proposal && proposal.Agent == caller.Agent ? ProposalRegistry.Shown(vault, proposal) : throw Errors.UnknownHandle();

    private static async Task<AccessProposal> AddAsync(UnsealedVault vault, Caller caller, AccessRequest request)
    {
        var now = vault.Clock.Now;

        // The same again is the same proposal: whoever asks twice does not have two. A denial stands for an hour, so that an operator who said no is not asked again at once.
        if (vault.Proposals.All.LastOrDefault(known => known.Agent == caller.Agent && (ProposalBook.IsOpen(known, now) || ProposalBook.IsDeniedLately(known, now)) && IsSame(known.Request, request)) is { } asked)
        {
            await RequireSeldomAsync(vault, caller, asked).ConfigureAwait(false);
            return asked;
        }

        var proposal = new AccessProposal(RandomNumberGenerator.GetHexString(32, lowercase: true), caller.Agent, request, now, now + ProposalBook.OpenFor);
        var entry = AgentEntry.Of(vault, caller, AuditActions.AccessRequest, ProposalRegistry.ResourceOf(vault, proposal)) with { Operation = request.Operation };
        if (vault.Proposals.Refusal(caller.Agent, now) is { } refusal)
        {
            await AgentEntry.RecordRefusalAsync(vault, entry with { Outcome = AuditOutcome.Denied, Reason = refusal.Code }).ConfigureAwait(false);
            throw refusal;
        }

        var surplus = vault.Proposals.Surplus(caller.Agent, now);
        await vault.Journal.CommitAsync(
            entry with { Details = DetailsOf(proposal) },
            [ProposalRecord.Change(proposal, vault.Codec), .. surplus.Select(known => ProposalBook.Removal(known, vault.Codec))],
            check: () => caller.Session.Ended.IsCancellationRequested ? caller.Session.WhyOver() : vault.Proposals.Refusal(caller.Agent, now)).ConfigureAwait(false);
        return proposal;
    }

    private static async Task RequireSeldomAsync(UnsealedVault vault, Caller caller, AccessProposal asked)
    {
        try
        {
            vault.Rates.Require(caller.Agent, Rated.RepeatedRequests);
        }
        catch (VaultException tooOften)
        {
            var entry = AgentEntry.Of(vault, caller, AuditActions.AccessRequest, ProposalRegistry.ResourceOf(vault, asked)) with { Operation = asked.Request.Operation };
            await AgentEntry.RecordRefusalAsync(vault, entry with { Outcome = AuditOutcome.Denied, Reason = tooOften.Code }).ConfigureAwait(false);
            throw;
        }
    }

    private static bool IsSame(AccessRequest one, AccessRequest other) =>
        one.Path?.Value == other.Path?.Value && one.Service == other.Service && one.Operation == other.Operation && one.Duration == other.Duration && one.Reason == other.Reason
        && one.Hosts.SequenceEqual(other.Hosts, StringComparer.Ordinal);

    private static Dictionary<string, string> DetailsOf(AccessProposal proposal)
    {
        var details = new Dictionary<string, string>
        {
            ["proposal"] = proposal.Id,
            ["seconds"] = ((long)proposal.Request.Duration.TotalSeconds).ToString(CultureInfo.InvariantCulture),
        };
        if (proposal.Request.Hosts.Count > 0)
        {
            details["hosts"] = string.Join(',', proposal.Request.Hosts);
        }

        return details;
    }
}
