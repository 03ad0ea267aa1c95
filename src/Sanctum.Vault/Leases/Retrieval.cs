using System.Globalization;
using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Leases;

/// <summary>Gives secrets out, on leases.</summary>
internal static class Retrieval
{
    private static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(300);

    public static async Task<RetrievedCredential> RetrieveAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var authorized = await vault.Authorizer.DemandAsync(caller, PolicyActions.Retrieve, path, AuditActions.Retrieve).ConfigureAwait(false);
        return await authorized.RunAsync(async outcome =>
        {
            DemandSensible(ttl);
            if (vault.Leases.HeldBy(caller.Agent) >= LeaseBook.MaxPerAgent)
            {
                throw Errors.RateLimited($"this agent holds {LeaseBook.MaxPerAgent} leases; release some", LeaseSweep.Interval);
            }

            var credential = vault.Credentials.Demand(path);
            var life = Shorter(ttl ?? DefaultTtl, authorized.Decision.MaxTtl);
            var now = vault.Now;
            var lease = new Lease(RandomNumberGenerator.GetHexString(32, lowercase: true), caller.Agent, path, life, now, now + life, 0);
            outcome.LeaseId = lease.Id;
            outcome.Details = TtlOf(lease);
            outcome.Changes = [Change(vault, lease)];
            outcome.Apply = () => vault.Leases.Put(lease);
            var secret = await vault.Secrets.OpenAsync(credential, cancellationToken).ConfigureAwait(false);
            return new RetrievedCredential(credential, secret, lease);
        }).ConfigureAwait(false);
    }

    public static async Task<Lease> RenewAsync(UnsealedVault vault, Caller caller, string leaseId, TimeSpan? ttl)
    {
        var lease = Demand(vault, caller, leaseId);
        var authorized = await vault.Authorizer.DemandAsync(caller, PolicyActions.Retrieve, lease.Path, AuditActions.LeaseRenew).ConfigureAwait(false);
        return await authorized.RunAsync(outcome =>
        {
            DemandSensible(ttl);
            outcome.LeaseId = lease.Id;
            if (lease.Renewals >= vault.Options.MaxLeaseRenewals)
            {
                throw Errors.LeaseExhausted(lease.Renewals);
            }

            _ = vault.Credentials.Demand(lease.Path);
            var life = Shorter(ttl ?? lease.Ttl, authorized.Decision.MaxTtl);
            var renewed = lease with { Ttl = life, ExpiresAt = vault.Now + life, Renewals = lease.Renewals + 1 };
            if (!vault.Leases.TryReplace(lease, renewed))
            {
                throw Errors.LeaseExpired();
            }

            outcome.Details = TtlOf(renewed);
            outcome.Changes = [Change(vault, renewed)];
            return ValueTask.FromResult(renewed);
        }).ConfigureAwait(false);
    }

    public static async Task ReleaseAsync(UnsealedVault vault, Caller caller, string leaseId)
    {
        var lease = Demand(vault, caller, leaseId);
        if (await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRelease, Actors.Agent(caller.Agent)).ConfigureAwait(false) == 0)
        {
            throw Errors.LeaseExpired();
        }
    }

    public static IReadOnlyList<Lease> Held(UnsealedVault vault, Caller caller)
    {
        var now = vault.Now;
        return [.. vault.Leases.All.Where(lease => lease.Agent == caller.Agent && lease.ExpiresAt > now).OrderBy(lease => lease.CreatedAt)];
    }

    // Somebody else's lease looks like one that is over: an agent learns nothing from trying ids.
    private static Lease Demand(UnsealedVault vault, Caller caller, string leaseId) =>
        vault.Leases.TryFind(leaseId, out var lease) && lease.Agent == caller.Agent && lease.ExpiresAt > vault.Now
            ? lease
            : throw Errors.LeaseExpired();

    private static void DemandSensible(TimeSpan? ttl)
    {
        if (ttl is { } asked && (asked < TimeSpan.FromSeconds(1) || asked > TimeSpan.FromDays(366)))
        {
            throw Errors.InvalidParams("ttl", "a ttl is a number of seconds, at least 1 and at most a year");
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static RecordChange Change(UnsealedVault vault, Lease lease) =>
        new(vault.Codec.KeyOf(Collections.Leases, lease.Id), LeaseRecord.Write(lease));

    private static Dictionary<string, string> TtlOf(Lease lease) =>
        new() { ["ttl"] = lease.Ttl.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) };
}
