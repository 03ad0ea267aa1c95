using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Text;

namespace Sanctum.Door;

/// <summary>Lets agents use credentials by a base URL, on leases. What is sent by one is decided on anew, request by request.</summary>
internal static class Leasing
{
    private const int LongestContext = 256;

    // Of one lease: whoever ends it names all of them.
    private const int MostDerived = 64;

    public static async Task<GrantedLease> GrantAsync(UnsealedVault vault, Caller caller, LeaseRequest request, CancellationToken cancellationToken)
    {
        RequireSensible(request);
        var path = await ServiceNames.FindAsync(vault, caller, request.Service, cancellationToken).ConfigureAwait(false);
        var authorized = await RequireAsync(vault, caller, path, request.Scopes, AuditActions.LeaseGrant, cancellationToken).ConfigureAwait(false);
        LeaseReservation? reserved = null;
        try
        {
            return await authorized.RunAsync(outcome =>
            {
                var credential = vault.Credentials.Require(path);
                var hosts = ServiceNames.HostsOf(credential) is { Count: > 0 } bound ? bound : throw Errors.BoundToNothing(path);
                reserved = vault.Leases.Reserve(caller.Agent, vault.Options.MaxLeasesPerAgent, vault.Clock.Now);
                var lease = NewLease(vault, caller, path, request, authorized.Decision);
                (outcome.LeaseId, outcome.ParentLeaseId, outcome.Used) = (lease.Id, lease.Use!.ParentId, credential);
                outcome.Details = DetailsOf(lease, request);
                outcome.Changes = [Retrieval.Change(vault, lease)];
                outcome.Apply = () => reserved.Become(lease);
                outcome.Check = () => reserved.Check(vault.Clock.Now);
                var named = request.Service.Split('/')[0];
                return ValueTask.FromResult(new GrantedLease(vault.Clock.Shown(lease), credential, hosts, hosts.Contains(named, StringComparer.Ordinal) ? named : hosts[0]));
            }).ConfigureAwait(false);
        }
        finally
        {
            reserved?.Dispose();
        }
    }

    /// <summary>Ends a lease for its holder, or for the holder of one that it was derived from.</summary>
    /// <returns>The lease, and all that ended with it.</returns>
    public static async Task<IReadOnlyList<Lease>> RevokeAsync(UnsealedVault vault, Caller caller, string leaseId, string? reason)
    {
        if (reason is not null && !LineOfText.IsValid(reason, LongestContext))
        {
            throw Errors.InvalidParams("reason", $"a reason is one line of at most {LongestContext} characters");
        }

        var lease = await Retrieval.RequireAsync(vault, caller, leaseId, AuditActions.LeaseRevoke, () =>
            vault.Leases.IsAlive(leaseId, vault.Clock.Now) && vault.Leases.TryFind(leaseId, out var found)
            && (found.Agent == caller.Agent || vault.Leases.Above(found).Any(above => above.Agent == caller.Agent)) ? found : throw Errors.LeaseExpired()).ConfigureAwait(false);
        return await LeaseEnding.EndAsync(vault, [lease], AuditActions.LeaseRevoke, Actors.Agent(caller.Agent), reason).ConfigureAwait(false) is { Count: > 0 } ended
            ? ended
            : throw Errors.LeaseExpired();
    }

    /// <summary>Decides whether requests may be sent with a credential at all. A human who is asked is asked about all of them.</summary>
    public static ValueTask<Authorized> RequireAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, IReadOnlyList<string> scopes, string action, CancellationToken cancellationToken) =>
        vault.Authorizer.RequireAsync(
            caller,
            PolicyActions.Use,
            path,
            action,
            OperationNames.HttpRequest,
            new Call(null, () => SHA256.HashData(Encoding.UTF8.GetBytes("lease\n" + string.Join('\n', scopes))))
            {
                IsForLease = true,
                Summary = $"all requests by a lease, {(scopes.Count == 0 ? "whatever they are" : string.Join(", ", scopes))}",
            },
            cancellationToken);

    /// <summary>How long a lease may be: no longer than the one that it is derived from.</summary>
    public static TimeSpan LeftOf(UnsealedVault vault, string? parentId, TimeSpan most, DateTimeOffset now) =>
        parentId is null ? most
        : vault.Leases.TryFind(parentId, out var parent) && parent.ExpiresAt > now ? Retrieval.Shorter(most, parent.ExpiresAt - now)
        : throw Errors.LeaseExpired();

    private static Lease NewLease(UnsealedVault vault, Caller caller, CredentialPath path, LeaseRequest request, Decision decision)
    {
        var now = vault.Clock.Now;
        var parent = request.ParentLeaseId is null ? null : RequireParent(vault, path, request.ParentLeaseId, now);
        var depth = parent is null ? 0 : parent.Depth + 1;
        var maxDepth = Math.Min(request.MaxDepth ?? LeaseRequest.MostDepth, parent?.MaxDepth ?? LeaseRequest.MostDepth);
        var life = LeftOf(vault, request.ParentLeaseId, Retrieval.Shorter(request.Ttl ?? Retrieval.DefaultTtl, decision.MaxTtl), now);
        var approved = decision.Grants.Any(grant => grant.Policy.Conditions.RequireApproval);
        return Retrieval.NewLease(vault, caller, path, life) with
        {
            Use = new LeasedUse([.. request.Scopes], request.ParentLeaseId, depth, maxDepth, approved),
        };
    }

    // Whoever knows the id of a lease was given it by its holder: it is as random as a key.
    private static LeasedUse RequireParent(UnsealedVault vault, CredentialPath path, string id, DateTimeOffset now)
    {
        if (!vault.Leases.IsAlive(id, now) || !vault.Leases.TryFind(id, out var parent) || parent.Use is not { } use)
        {
            throw Errors.LeaseExpired();
        }

        return parent.Path != path ? throw Errors.ParentOfAnother(path)
            : use.Depth >= use.MaxDepth ? throw Errors.DelegationTooDeep(use.MaxDepth)
            : vault.Leases.DerivedFrom(id).Count >= MostDerived ? throw Errors.TooManyDerived(MostDerived)
            : use;
    }

    private static void RequireSensible(LeaseRequest request)
    {
        Retrieval.RequireSensible(request.Ttl);
        if (request.Scopes.Count > LeaseScopes.Most || !request.Scopes.All(scope => scope is not null && LeaseScopes.IsValid(scope)))
        {
            throw Errors.InvalidParams("scopes", $"there are at most {LeaseScopes.Most} scopes, each 'method:GET' or 'path:/v1/*'");
        }

        if (request.MaxDepth is < 0 or > LeaseRequest.MostDepth)
        {
            throw Errors.InvalidParams("maxDepth", $"'maxDepth' is 0 to {LeaseRequest.MostDepth}");
        }

        if (request.Context.FirstOrDefault(member => !LineOfText.IsValid(member.Value, LongestContext)) is { Key: { } name })
        {
            throw Errors.InvalidParams("context", $"'context.{name}' is one line of at most {LongestContext} characters");
        }
    }

    private static Dictionary<string, string> DetailsOf(Lease lease, LeaseRequest request)
    {
        var details = Retrieval.TtlOf(lease);
        foreach (var (name, value) in request.Context)
        {
            details[name] = value;
        }

        if (lease.Use is { Scopes: { Count: > 0 } scopes })
        {
            details["scopes"] = string.Join(' ', scopes);
        }

        if (lease.Use is { ParentId: { } parent, Depth: var depth })
        {
            (details["parent"], details["depth"]) = (parent, depth.ToString(CultureInfo.InvariantCulture));
        }

        return details;
    }
}
