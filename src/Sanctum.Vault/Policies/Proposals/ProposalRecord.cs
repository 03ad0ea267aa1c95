using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Storage;

namespace Sanctum.Policies.Proposals;

/// <summary>A proposal at rest.</summary>
internal sealed record ProposalRecord(
    string Id, string Agent, string? Path, string? Service, string Operation, IReadOnlyList<string> Hosts, string Reason, long Duration,
    DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt, ProposalState State, AccessGrant? Grant, string? Denial)
{
    public static RecordChange Change(AccessProposal proposal, RecordCodec codec) =>
        new(codec.KeyOf(Collections.Proposals, proposal.Id), Write(proposal), proposal);

    public static byte[] Write(AccessProposal it) => RecordJson.Write(
        new ProposalRecord(
            it.Id, it.Agent.Value, it.Request.Path?.Value, it.Request.Service, it.Request.Operation, it.Request.Hosts, it.Request.Reason, (long)it.Request.Duration.TotalSeconds,
            it.RequestedAt, it.ExpiresAt, it.State, it.Grant, it.Denial),
        RecordJson.Default.ProposalRecord);

    public static AccessProposal Read(ReadOnlySpan<byte> utf8)
    {
        var record = RecordJson.Read(utf8, RecordJson.Default.ProposalRecord);
        var request = new AccessRequest
        {
            Path = record.Path is null ? null : CredentialPath.Parse(record.Path),
            Service = record.Service,
            Operation = record.Operation,
            Hosts = record.Hosts,
            Reason = record.Reason,
            Duration = TimeSpan.FromSeconds(record.Duration),
        };
        return new AccessProposal(record.Id, AgentName.Parse(record.Agent), request, record.RequestedAt, record.ExpiresAt)
        {
            State = record.State,
            Grant = record.Grant,
            Denial = record.Denial,
        };
    }
}
