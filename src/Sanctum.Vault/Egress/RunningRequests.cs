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
    public RunningRequest Add(UnsealedVault vault, Decision decision, CredentialInfo credential, RequestTarget target, string? leaseId, CancellationToken cancellationToken)
    {
        var request = new RunningRequest(this, decision, credential, target, leaseId, cancellationToken);
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

/// <summary>A request under way.</summary>
internal sealed class RunningRequest(
    RunningRequests all, Decision decision, CredentialInfo credential, RequestTarget target, string? leaseId, CancellationToken cancellationToken) : IDisposable
{
    private readonly Withdrawal _withdrawal = new(cancellationToken);

    /// <summary>Cancelled when the request may not go on.</summary>
    public CancellationToken Token => _withdrawal.Token;

    /// <summary>Whether that is because its grant or its binding is gone.</summary>
    public bool IsWithdrawn { get; private set; }

    public void WithdrawUnlessStanding(UnsealedVault vault)
    {
        var stands = !vault.Others.IsCutOff
            && decision.StandsIn(vault.Policies)
            && (leaseId is null || vault.Leases.IsAlive(leaseId, vault.Clock.Now))
            && vault.Credentials.TryFind(credential.Path, out var now)
            && (ReferenceEquals(now, credential) || IsStillBound(now));
        if (!stands)
        {
            IsWithdrawn = true;
            _withdrawal.Begin();
        }
    }

    // The exception that an address needs must be there still, too: what is on its way was let go by it.
    private bool IsStillBound(CredentialInfo now) =>
        Binding.Permits(now, target.Method, target.Url)
        && Binding.IsAllowedOrigin(now, target.Url.Origin) == Binding.IsAllowedOrigin(credential, target.Url.Origin);

    public void Dispose()
    {
        all.Remove(this);
        _withdrawal.Dispose();
    }
}
