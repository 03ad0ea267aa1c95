using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Egress;
using Sanctum.Egress.Injections;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>A request that came by a lease's base URL.</summary>
/// <param name="lease">The lease.</param>
/// <param name="key">What the request was let in by.</param>
/// <param name="now">When.</param>
internal sealed class LeasedCall(Lease lease, LeaseKey key, Moment now)
{
    // Where clients put keys, whatever their services call it.
    private static readonly string[] KeyHeaders = ["Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key"];

    public string LeaseId => lease.Id;

    public bool Approved => lease.Use!.Approved;

    /// <summary>Finds the lease and makes the URL. What an agent may not send by it is on the record.</summary>
    /// <exception cref="VaultException">The lease is over or another agent's, lease expired; the path names no host of the credential, egress denied.</exception>
    public static Task<(LeasedCall Call, RequestTarget Target)> RequireAsync(UnsealedVault vault, Caller caller, HttpCall call, LeaseKey key) =>
        Retrieval.RequireAsync(vault, caller, key.LeaseId, AuditActions.Use, () =>
        {
            if (!vault.Leases.IsAlive(key.LeaseId, vault.Clock.Now) || !vault.Leases.TryFind(key.LeaseId, out var lease) || lease.Agent != caller.Agent || lease.Use is null)
            {
                throw Errors.LeaseExpired();
            }

            var leased = new LeasedCall(lease, key, vault.Moment);
            var target = RequestTarget.Parse(call.Method, UrlOf(vault.Credentials.Require(lease.Path), call.Url));
            return leased.Refusal(vault, caller, target) is { } refusal ? throw refusal : (leased, target);
        });

    /// <summary>Whether a request that was let in may still be made by the lease.</summary>
    public bool IsWithin(UnsealedVault vault, Caller caller, RequestTarget target) => Refusal(vault, caller, target) is null;

    /// <summary>The request without what let it in.</summary>
    /// <exception cref="VaultException">The token is not where the credential goes, or a key of the client's own is; egress denied.</exception>
    public CredentialChoice Choose(UnsealedVault vault, RequestTarget target, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var injection = Injection.Choose(vault.Credentials.Require(lease.Path), null, null);
        if (key.Token is { } token && injection.IsInUrl && injection.TryTakePlaceholder(token, target, headers, out var without))
        {
            (target, headers) = (without.Target, without.Headers);
        }

        string[] places = [.. KeyHeaders, .. injection.HeaderNames];
        headers = [.. headers.Where(header => !places.Contains(header.Key, StringComparer.OrdinalIgnoreCase)
            || !(key.Token is null || HeaderInjection.StandsIn(header.Value, key.Token)))];
        return new CredentialChoice(lease.Path, target, headers);
    }

    /// <summary>Whether the lease, or one above it, limits requests so that nothing in them may name another path or method.</summary>
    public GrantedLimits Limits(UnsealedVault vault, Decision decision)
    {
        string[] scopes = [.. lease.Use!.Scopes, .. vault.Leases.Above(lease).SelectMany(above => above.Use?.Scopes ?? [])];
        return new GrantedLimits(decision.LimitsPaths || LeaseScopes.LimitPaths(scopes), decision.LimitsMethods || LeaseScopes.LimitMethods(scopes));
    }

    // By one host the rest is the path; by several the first segment names one.
    private static string UrlOf(CredentialInfo credential, string rest)
    {
        List<Origin> origins = [.. Binding.OriginsOf(credential)];
        if (origins is [var only])
        {
            return $"{only}{rest}";
        }

        var end = rest.AsSpan(1).IndexOfAny('/', '?');
        var (named, path) = end < 0 ? (rest[1..], "") : (rest[1..(end + 1)], rest[(end + 1)..]);
        return origins.Find(origin => origin.Authority.Equals(named, StringComparison.Ordinal)) is { Host: not null } chosen
            ? $"{chosen}{path}"
            : throw (origins.Count == 0 ? Errors.BoundToNothing(credential.Path) : Errors.NoHostInPath(credential.Path));
    }

    // No more than each lease above it, and no more than what its holder may.
    private VaultException? Refusal(UnsealedVault vault, Caller caller, RequestTarget target)
    {
        foreach (var above in vault.Leases.Above(lease).Prepend(lease))
        {
            if (above.Use is not { } use || !LeaseScopes.Permit(use.Scopes, target))
            {
                return Errors.OutOfScope(lease.Path);
            }

            if (above.Agent != caller.Agent && !MayUse(vault, above, use, target))
            {
                return Errors.AccessDenied(PolicyActions.Use, lease.Path);
            }
        }

        return null;
    }

    // What a holder above has used up of an hourly limit is theirs: it is not counted for them here. As for the caller's own grant, the time is when the request was made.
    private bool MayUse(UnsealedVault vault, Lease above, LeasedUse use, RequestTarget target) => vault.Policies.Decide(
        new DecisionRequest(above.Agent, PolicyActions.Use, above.Path, OperationNames.HttpRequest, now, target, use.Approved),
        vault.Counters).Code is null or VaultErrorCode.RateLimited;
}

/// <summary>How a request by a base URL was let in.</summary>
/// <param name="LeaseId">The lease in its URL.</param>
/// <param name="Token">The session token that it carries where the client's key would be, which goes no further. Null: the lease alone is
/// enough, and a key that the client sends goes no further.</param>
public sealed record LeaseKey(string LeaseId, string? Token)
{
    /// <summary>Says which lease, never the token.</summary>
    public override string ToString() => $"lease {LeaseId}";
}
