using System.Globalization;
using System.Security.Cryptography;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Door;

/// <summary>Gives secrets out, on leases.</summary>
internal static class Retrieval
{
    public const int IdLength = 32;
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(300);

    public static async Task<RetrievedCredential> RetrieveAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, TimeSpan? ttl, RetrievalForm form, CancellationToken cancellationToken)
    {
        var authorized = await vault.Authorizer.RequireAsync(caller, PolicyActions.Retrieve, path, AuditActions.Retrieve, cancellationToken: cancellationToken).ConfigureAwait(false);
        LeaseReservation? reserved = null;
        try
        {
            return await authorized.RunAsync(async outcome =>
            {
                RequireSensible(ttl);
                reserved = vault.Leases.Reserve(caller.Agent, vault.Options.MaxLeasesPerAgent, vault.Clock.Now);
                var credential = vault.Credentials.Require(path);
                var secret = await OpenAsync(vault, credential, form, cancellationToken).ConfigureAwait(false);
                var lease = NewLease(vault, caller, path, Shorter(ttl ?? DefaultTtl, authorized.Decision.MaxTtl));
                (outcome.LeaseId, outcome.Used) = (lease.Id, credential);
                outcome.Details = TtlOf(lease);
                outcome.Changes = [Change(vault, lease)];
                outcome.Apply = () => reserved.Become(lease);
                outcome.Check = () => reserved.Check(vault.Clock.Now);
                return new RetrievedCredential(credential, secret, vault.Clock.Shown(lease));
            }).ConfigureAwait(false);
        }
        finally
        {
            reserved?.Dispose();
        }
    }

    public static async Task<Lease> RenewAsync(UnsealedVault vault, Caller caller, string leaseId, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var lease = await RequireAsync(vault, caller, leaseId, AuditActions.LeaseRenew).ConfigureAwait(false);
        var authorized = lease.Use is null
            ? await vault.Authorizer.RequireAsync(caller, PolicyActions.Retrieve, lease.Path, AuditActions.LeaseRenew, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await Leasing.RequireAsync(vault, caller, lease.Path, lease.Use.Scopes, AuditActions.LeaseRenew, cancellationToken).ConfigureAwait(false);
        return await authorized.RunAsync(outcome =>
        {
            RequireSensible(ttl);
            (outcome.LeaseId, outcome.Used) = (lease.Id, vault.Credentials.Require(lease.Path));
            var (before, renewed) = Replace(vault, caller, leaseId, ttl, authorized.Decision.MaxTtl);
            outcome.Details = TtlOf(renewed);
            outcome.Changes = [Change(vault, renewed) with { IfThere = true }];
            outcome.Check = () => vault.Leases.Holds(renewed) ? null : Errors.LeaseExpired();
            outcome.TakeBack = () => vault.Leases.TryReplace(renewed, before);
            return ValueTask.FromResult(vault.Clock.Shown(renewed));
        }).ConfigureAwait(false);
    }

    public static async Task ReleaseAsync(UnsealedVault vault, Caller caller, string leaseId)
    {
        var lease = await RequireAsync(vault, caller, leaseId, AuditActions.LeaseRelease).ConfigureAwait(false);
        if (await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRelease, Actors.Agent(caller.Agent)).ConfigureAwait(false) is [])
        {
            throw Errors.LeaseExpired();
        }
    }

    public static IReadOnlyList<Lease> Held(UnsealedVault vault, Caller caller)
    {
        var now = vault.Clock.Now;
        return [.. vault.Leases.HeldBy(caller.Agent).Where(lease => lease.ExpiresAt > now).OrderBy(lease => lease.CreatedAt).Select(vault.Clock.Shown)];
    }

    // Somebody else's lease looks like one that is over: an agent learns nothing from trying ids.
    private static Lease Require(UnsealedVault vault, Caller caller, string leaseId) =>
        vault.Leases.TryFind(leaseId, out var lease) && lease.Agent == caller.Agent && vault.Leases.IsAlive(leaseId, vault.Clock.Now)
            ? lease
            : throw Errors.LeaseExpired();

    // Trying ids is on the record too; what does not look like one stays out of it.
    private static Task<Lease> RequireAsync(UnsealedVault vault, Caller caller, string leaseId, string action) =>
        RequireAsync(vault, caller, leaseId, action, () => Require(vault, caller, leaseId));

    /// <summary>Finds a lease for an agent, or records that it named one that it has no part in.</summary>
    public static async Task<T> RequireAsync<T>(UnsealedVault vault, Caller caller, string leaseId, string action, Func<T> find)
    {
        try
        {
            return find();
        }
        catch (VaultException refused)
        {
            var entry = new AuditEntry
            {
                Time = vault.Now,
                Actor = Actors.Agent(caller.Agent),
                Action = action,
                Outcome = AuditOutcome.Denied,
                Reason = refused.Code,
                SessionId = caller.Session.Id,
                LeaseId = leaseId.Length == IdLength && leaseId.All(char.IsAsciiHexDigitLower) ? leaseId : null,
            };
            if (!vault.Tally.TryTake(entry.Actor, Tallied.Refusals, entry, out var wait))
            {
                throw Errors.TooManyRefusals(vault.Options.MaxRecordedPerMinute, wait);
            }

            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
            throw;
        }
    }

    // In memory at once, so that of two renewals at a time the second builds on the first.
    private static (Lease Before, Lease Renewed) Replace(UnsealedVault vault, Caller caller, string leaseId, TimeSpan? ttl, TimeSpan maxTtl)
    {
        while (true)
        {
            var before = Require(vault, caller, leaseId);
            if (before.Renewals >= vault.Options.MaxLeaseRenewals)
            {
                throw Errors.LeaseExhausted(before.Renewals);
            }

            var now = vault.Clock.Now;
            var life = Shorter(ttl ?? before.Ttl, Leasing.LeftOf(vault, before.Use?.ParentId, maxTtl, now));
            var renewed = before with { Ttl = life, ExpiresAt = now + life, Renewals = before.Renewals + 1 };
            if (vault.Leases.TryReplace(before, renewed))
            {
                return (before, renewed);
            }
        }
    }

    // What can't be delivered is refused before there is a lease, and on the record as failed.
    private static async ValueTask<SecretBytes> OpenAsync(
        UnsealedVault vault, CredentialInfo credential, RetrievalForm form, CancellationToken cancellationToken)
    {
        var secret = await vault.OpenSecretAsync(credential, cancellationToken).ConfigureAwait(false);
        try
        {
            DeliverableSecret.Require(secret.Span, form, vault.Options.MaxResultBytes);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    public static Lease NewLease(UnsealedVault vault, Caller caller, CredentialPath path, TimeSpan life)
    {
        var now = vault.Clock.Now;
        return new Lease(RandomNumberGenerator.GetHexString(IdLength, lowercase: true), caller.Agent, path, life, now, now + life, 0);
    }

    public static void RequireSensible(TimeSpan? ttl)
    {
        if (ttl is { } asked && (asked < TimeSpan.FromSeconds(1) || asked > TimeSpan.FromDays(366)))
        {
            throw Errors.InvalidParams("ttl", "a ttl is a number of seconds, at least 1 and at most a year");
        }
    }

    public static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    public static RecordChange Change(UnsealedVault vault, Lease lease) =>
        new(vault.Codec.KeyOf(Collections.Leases, lease.Id), LeaseRecord.Write(lease), lease);

    public static Dictionary<string, string> TtlOf(Lease lease) =>
        new() { ["ttl"] = lease.Ttl.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) };
}
