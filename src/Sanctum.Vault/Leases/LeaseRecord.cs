using System.Text.Json.Serialization;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Storage;

namespace Sanctum.Leases;

/// <summary>A lease at rest.</summary>
internal sealed record LeaseRecord(
    string Id, string Agent, string Path, long Ttl, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, int Renewals,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LeasedUse? Use = null) // Left out, as before there was such a thing.
{
    public static byte[] Write(Lease lease) => RecordJson.Write(
        new LeaseRecord(
            lease.Id, lease.Agent.Value, lease.Path.Value, (long)lease.Ttl.TotalSeconds, lease.CreatedAt, lease.ExpiresAt, lease.Renewals, lease.Use),
        RecordJson.Default.LeaseRecord);

    public static Lease Read(ReadOnlySpan<byte> utf8)
    {
        var record = RecordJson.Read(utf8, RecordJson.Default.LeaseRecord);
        return new Lease(
            record.Id,
            AgentName.Parse(record.Agent),
            CredentialPath.Parse(record.Path),
            TimeSpan.FromSeconds(record.Ttl),
            record.CreatedAt,
            record.ExpiresAt,
            record.Renewals)
        {
            Use = record.Use,
        };
    }
}
