using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Storage;

namespace Sanctum.Policies.Proposals;

/// <summary>The proposals that there are, in memory while the vault is unsealed. They are records too, so that a restart forgets none.</summary>
internal sealed class ProposalBook
{
    /// <summary>How many of one agent can be open.</summary>
    public const int MostOpenOfAgent = 8;

    /// <summary>How many can be open.</summary>
    public const int MostOpen = 128;

    /// <summary>How many one agent can make in an hour.</summary>
    public const int MostInHour = 20;

    /// <summary>How many of one agent are kept; of more, the oldest that are decided go.</summary>
    public const int MostKeptOfAgent = 64;

    /// <summary>How long one waits for a decision.</summary>
    public static readonly TimeSpan OpenFor = TimeSpan.FromHours(24);

    /// <summary>How long its agent can look up what became of it.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(7);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AccessProposal> _byId = new(StringComparer.Ordinal);

    public IReadOnlyList<AccessProposal> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _byId.Values.OrderBy(proposal => proposal.RequestedAt).ThenBy(proposal => proposal.Id, StringComparer.Ordinal)];
            }
        }
    }

    public static bool IsOpen(AccessProposal proposal, DateTimeOffset now) => proposal.State == ProposalState.Pending && proposal.ExpiresAt > now;

    /// <summary>Whether an operator denied it within the last hour.</summary>
    public static bool IsDeniedLately(AccessProposal proposal, DateTimeOffset now) => proposal.State == ProposalState.Denied && proposal.ExpiresAt - KeptFor + Hour > now;

    public AccessProposal? Find(string id)
    {
        lock (_lock)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    public void Put(AccessProposal proposal)
    {
        lock (_lock)
        {
            _byId[proposal.Id] = proposal;
        }
    }

    public void Remove(IEnumerable<AccessProposal> proposals)
    {
        lock (_lock)
        {
            foreach (var proposal in proposals)
            {
                _byId.Remove(proposal.Id);
            }
        }
    }

    /// <summary>Why the agent can't ask for more now; null where it can.</summary>
    public VaultException? Refusal(AgentName agent, DateTimeOffset now)
    {
        var all = All;
        var recent = all.Where(proposal => proposal.Agent == agent && proposal.RequestedAt > now - Hour).ToList();
        return all.Count(proposal => proposal.Agent == agent && IsOpen(proposal, now)) >= MostOpenOfAgent ? Errors.TooManyProposals(MostOpenOfAgent)
            : all.Count(proposal => IsOpen(proposal, now)) >= MostOpen ? Errors.TooManyProposals(null)
            : recent.Count >= MostInHour ? Errors.RateLimited($"this agent has asked for access {MostInHour} times within an hour", recent[0].RequestedAt + Hour - now)
            : null;
    }

    /// <summary>Those that are past their time.</summary>
    public IReadOnlyList<AccessProposal> Over(DateTimeOffset now) =>
        [.. All.Where(proposal => (proposal.State == ProposalState.Pending ? proposal.ExpiresAt + KeptFor : proposal.ExpiresAt) <= now)];

    /// <summary>Those that give way when an agent makes one more.</summary>
    public IReadOnlyList<AccessProposal> Surplus(AgentName agent, DateTimeOffset now)
    {
        var kept = All.Where(proposal => proposal.Agent == agent).ToList();
        return [.. kept.Where(proposal => !IsOpen(proposal, now)).Take(Math.Max(0, kept.Count + 1 - MostKeptOfAgent))];
    }

    /// <summary>An agent's, as what removes them from the store.</summary>
    public IReadOnlyList<RecordChange> RemovalsOf(AgentName agent, RecordCodec codec) =>
        [.. All.Where(proposal => proposal.Agent == agent).Select(proposal => Removal(proposal, codec))];

    /// <summary>Forgets an agent's: its namesake is somebody else.</summary>
    public void Forget(AgentName agent) => Remove(All.Where(proposal => proposal.Agent == agent));

    public static RecordChange Removal(AccessProposal proposal, RecordCodec codec) => new(codec.KeyOf(Collections.Proposals, proposal.Id));
}
