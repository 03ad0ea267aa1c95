using System.Collections.Concurrent;
using Sanctum.Credentials;
using Sanctum.Destinations;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Egress;

/// <summary>The requests that are under way, so that what is taken from an agent is taken from them as well, at once.</summary>
internal sealed class RunningRequests
{
    private readonly ConcurrentDictionary<RunningRequest, bool> _running = new();

    /// <summary>Adds one; disposing it takes it out again.</summary>
    public RunningRequest Add(UnsealedVault vault, RunningGrant grant, CancellationToken cancellationToken)
    {
        var request = new RunningRequest(this, grant, cancellationToken);
        _running[request] = true;

        // What was withdrawn between the decision and now did not see it.
        request.WithdrawUnlessStanding(vault);
        return request;
    }

    /// <summary>To be called when policies or credentials have changed.</summary>
    public void Recheck(UnsealedVault vault)
    {
        foreach (var (request, _) in _running)
        {
            request.WithdrawUnlessStanding(vault);
        }
    }

    public void Remove(RunningRequest request) => _running.TryRemove(request, out _);
}

/// <summary>What a request under way goes on by.</summary>
/// <param name="Decision">What was decided.</param>
/// <param name="Credential">What it is sent with.</param>
/// <param name="Target">Where it goes.</param>
/// <param name="LeaseId">The lease by which it came; null for none.</param>
/// <param name="IsWithin">Whether it is within what that lease allows, as far as others than the caller decide about it; null for none.</param>
internal sealed record RunningGrant(Decision Decision, CredentialInfo Credential, RequestTarget Target, string? LeaseId, Func<bool>? IsWithin);

/// <summary>A request under way.</summary>
internal sealed class RunningRequest(RunningRequests all, RunningGrant grant, CancellationToken cancellationToken) : IDisposable
{
    private readonly Withdrawal _withdrawal = new(cancellationToken);

    /// <summary>Cancelled when the request may not go on.</summary>
    public CancellationToken Token => _withdrawal.Token;

    /// <summary>Whether that is because its grant or its binding is gone.</summary>
    public bool IsWithdrawn { get; private set; }

    public void WithdrawUnlessStanding(UnsealedVault vault)
    {
        var stands = !vault.Others.IsCutOff
            && grant.Decision.StandsIn(vault.Policies)
            && (grant.LeaseId is null || vault.Leases.IsAlive(grant.LeaseId, vault.Clock.Now))
            && grant.IsWithin?.Invoke() is not false
            && vault.Credentials.TryFind(grant.Credential.Path, out var now)
            && !CredentialTags.IsHoneytoken(now)
            && (ReferenceEquals(now, grant.Credential) || MayGoOn(now));
        if (!stands)
        {
            IsWithdrawn = true;
            _withdrawal.Begin();
        }
    }

    // The exception that an address needs must be there still, too: what is on its way was let go by it.
    private bool MayGoOn(CredentialInfo now) =>
        CredentialRules.MayGoOn(grant.Credential, now)
        && Binding.Permits(now, grant.Target.Method, grant.Target.Url)
        && Binding.IsAllowedOrigin(now, grant.Target.Url.Origin) == Binding.IsAllowedOrigin(grant.Credential, grant.Target.Url.Origin);

    public void Dispose()
    {
        all.Remove(this);
        _withdrawal.Dispose();
    }
}
