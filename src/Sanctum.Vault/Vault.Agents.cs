using System.Text.Json;
using Sanctum.Credentials;
using Sanctum.Door;
using Sanctum.Leases;
using Sanctum.Operations;
using Sanctum.Policies;
using Sanctum.Sessions;

namespace Sanctum;

/// <summary>The door for agents. Behind every method the first act is one decision, which is recorded.</summary>
public sealed partial class Vault
{
    /// <summary>What <see cref="UseAsync(Caller, CredentialPath, string, JsonElement?, CancellationToken)"/> can do: each operation's name, parameters and what it needs.</summary>
    public static IReadOnlyList<OperationDescription> Operations => OperationCatalog.Default.Descriptions;

    /// <summary>Makes a challenge for an agent to sign. Unknown agents and malformed names get one like any other.</summary>
    /// <param name="agentName">Who says they are who.</param>
    /// <exception cref="VaultException">The vault is sealed.</exception>
    public Challenge IssueChallenge(string agentName)
    {
        var unsealed = Volatile.Read(ref _unsealed);
        if (unsealed is null || !unsealed.TryEnter())
        {
            throw Errors.VaultLocked();
        }

        try
        {
            return SignIn.Challenge(unsealed, agentName);
        }
        finally
        {
            unsealed.Exit();
        }
    }

    /// <summary>Takes an agent's response to a challenge. Right or wrong, the challenge is used up.</summary>
    /// <param name="challenge">What was asked.</param>
    /// <param name="signature">64 bytes: Ed25519 over the challenge's bytes.</param>
    /// <param name="source">Where the response comes from, such as <c>tcp:127.0.0.1</c>: failures are limited by it.</param>
    /// <exception cref="VaultException">The response is not right, for whatever reason (<see cref="VaultErrorCode.AuthFailed"/>); there were
    /// too many like it (<see cref="VaultErrorCode.RateLimited"/>); the vault is sealed.</exception>
    public async Task<Session> AuthenticateAsync(
        Challenge challenge, ReadOnlyMemory<byte> signature, string source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        cancellationToken.ThrowIfCancellationRequested();
        var unsealed = Volatile.Read(ref _unsealed);
        if (unsealed is { Others.IsCutOff: true })
        {
            throw unsealed.Others.Refusal;
        }

        if (unsealed is null || unsealed.IsSealedElsewhere || !unsealed.TryEnter())
        {
            throw Errors.VaultLocked();
        }

        try
        {
            var session = await SignIn.AuthenticateAsync(this, unsealed, challenge, signature, source).ConfigureAwait(false);

            // Only now: whoever keeps failing must not keep an idle vault from being sealed.
            Touch();
            return session;
        }
        finally
        {
            unsealed.Exit();
        }
    }

    /// <summary>Ends a session. Its leases run on until they are released or expired.</summary>
    public async Task LogoutAsync(Session session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        cancellationToken.ThrowIfCancellationRequested();
        if (!session.Unsealed.TryEnter())
        {
            // Sealing ended it already.
            return;
        }

        try
        {
            await SignIn.EndAsync(session.Unsealed, session).ConfigureAwait(false);
        }
        finally
        {
            session.Unsealed.Exit();
        }
    }

    /// <summary>What the agent may act on, in ordinal order of path, and nothing else.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="prefix">Only paths that begin like this.</param>
    /// <param name="limit">At most so many, 1 to 100,000; without it, as many as fit a reply.</param>
    /// <param name="cursor">The <see cref="CredentialPage.NextCursor"/> of the page before.</param>
    /// <param name="withActions">Whether to say what the agent may do with each.</param>
    public Task<CredentialPage> ListAsync(
        Caller caller, string? prefix = null, int? limit = null, string? cursor = null, bool withActions = false, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return CredentialListing.ListAsync(vault, caller, prefix, limit, cursor, cancellationToken, withActions: withActions);
        });

    /// <summary>What would become of a call, had it been made now. Nothing is counted, nobody is asked and nothing is sent.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="path">On which credential.</param>
    /// <param name="action">What for: <see cref="PolicyActions.Use"/> or <see cref="PolicyActions.Retrieve"/>.</param>
    /// <param name="operation">Which operation, of a use.</param>
    /// <param name="method">Of a request that would go out. Default: GET.</param>
    /// <param name="url">Where it would go. What address the host has is not looked up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VaultException">There is no such operation, or no request to such a URL; the agent is quarantined; the vault is sealed.</exception>
    public Task<AccessCheck> CheckAccessAsync(
        Caller caller,
        CredentialPath path,
        PolicyActions action,
        string? operation = null,
        string? method = null,
        string? url = null,
        CancellationToken cancellationToken = default) => InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return AccessChecking.CheckAsync(vault, caller, path, action, operation, method, url, cancellationToken);
        });

    /// <summary>Gives out a secret, on a lease.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="path">For which credential.</param>
    /// <param name="ttl">For how long, at least a second; what the policies allow if that is less. Default: 300 seconds, or what the policies allow.</param>
    /// <param name="form">How it is going to be delivered. A secret that does not fit is refused, and there is no lease.</param>
    /// <exception cref="VaultException">No policy grants it (<see cref="VaultErrorCode.AccessDenied"/>); a human must approve first (<see cref="VaultErrorCode.ApprovalRequired"/>);
    /// there is no such credential (<see cref="VaultErrorCode.CredentialNotFound"/>); the ttl is out of range (<see cref="VaultErrorCode.InvalidParams"/>); a limit was reached
    /// (<see cref="VaultErrorCode.RateLimited"/>); the secret does not fit (<see cref="VaultErrorCode.ResponseTooLarge"/>) or is damaged
    /// (<see cref="VaultErrorCode.CredentialDamaged"/>); the agent is quarantined; the vault is sealed.</exception>
    public Task<RetrievedCredential> RetrieveAsync(
        Caller caller,
        CredentialPath path,
        TimeSpan? ttl = null,
        RetrievalForm form = RetrievalForm.Bytes,
        CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault => Retrieval.RetrieveAsync(vault, caller, path, ttl, form, cancellationToken));

    /// <summary>Does something with a secret, and gives back the result instead of the secret.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="path">With which credential.</param>
    /// <param name="operation">What: <c>sign</c>, <c>verify</c>, <c>encrypt</c>, <c>decrypt</c>, <c>http_header</c>, <c>http_request</c>, <c>jwt</c>.</param>
    /// <param name="parameters">The operation's parameters, a JSON object.</param>
    /// <exception cref="VaultException">No policy grants it (<see cref="VaultErrorCode.AccessDenied"/>); a human must approve first (<see cref="VaultErrorCode.ApprovalRequired"/>);
    /// there is no such operation for this credential (<see cref="VaultErrorCode.UnsupportedOperation"/>); a parameter is wrong (<see cref="VaultErrorCode.InvalidParams"/>); a limit was
    /// reached (<see cref="VaultErrorCode.RateLimited"/>); the agent is quarantined; the vault is sealed.</exception>
    public Task<OperationResult> UseAsync(
        Caller caller, CredentialPath path, string operation, JsonElement? parameters = null, CancellationToken cancellationToken = default) =>
        UseAsync(caller, path, operation, CallParameters.Of(parameters), cancellationToken);

    /// <summary>The same, with the parameters as they came. They become objects only when it has been decided that the agent may.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="path">With which credential.</param>
    /// <param name="operation">What.</param>
    /// <param name="parameters">The operation's parameters, a JSON object in UTF-8; empty for none. The memory is the caller's again as soon
    /// as this has returned, not only when the task is done.</param>
    /// <inheritdoc cref="UseAsync(Caller, CredentialPath, string, JsonElement?, CancellationToken)" path="/exception"/>
    public Task<OperationResult> UseUtf8Async(
        Caller caller, CredentialPath path, string operation, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken = default)
    {
        var lent = CallParameters.Lend(parameters);
        var running = UseAsync(caller, path, operation, lent, cancellationToken);
        lent.GiveBack();
        return running;
    }

    /// <summary>Holds a secret for longer. It is decided on anew, as if it were retrieved again.</summary>
    /// <param name="caller">Who asks; the lease must be its own.</param>
    /// <param name="leaseId">Which lease.</param>
    /// <param name="ttl">From now on, at least a second. Default: as long as before.</param>
    /// <exception cref="VaultException">It has ended or is another agent's (<see cref="VaultErrorCode.LeaseExpired"/>); it has reached its limit of renewals
    /// (<see cref="VaultErrorCode.LeaseExhausted"/>); no policy grants it any more (<see cref="VaultErrorCode.AccessDenied"/>); the vault is sealed.</exception>
    public Task<Lease> RenewLeaseAsync(
        Caller caller, string leaseId, TimeSpan? ttl = null, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Retrieval.RenewAsync(vault, caller, leaseId, ttl, cancellationToken);
        });

    /// <summary>The agent is done with a secret.</summary>
    /// <exception cref="VaultException">The lease has ended or is another agent's (<see cref="VaultErrorCode.LeaseExpired"/>); the vault is sealed.</exception>
    public Task ReleaseLeaseAsync(Caller caller, string leaseId, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, async vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            await Retrieval.ReleaseAsync(vault, caller, leaseId).ConfigureAwait(false);
            return true;
        });

    /// <summary>The agent's own active leases, oldest first.</summary>
    public Task<IReadOnlyList<Lease>> ListLeasesAsync(Caller caller, CancellationToken cancellationToken = default) =>
        InsideAsync(caller, vault =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(Retrieval.Held(vault, caller));
        });

    private async Task<OperationResult> UseAsync(
        Caller caller, CredentialPath path, string operation, CallParameters parameters, CancellationToken cancellationToken)
    {
        using (parameters)
        {
            return await InsideAsync(caller, vault => CredentialUse.RunAsync(vault, caller, path, operation, parameters, cancellationToken)).ConfigureAwait(false);
        }
    }
}
