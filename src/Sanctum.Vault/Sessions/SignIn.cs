using System.Security.Cryptography;
using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Sealing;

namespace Sanctum.Sessions;

/// <summary>Has agents prove who they are. Neither the reply nor its timing shows whether a name is known.</summary>
internal static class SignIn
{
    // 16 bytes with the terminator; version 1. What else a client may be asked to sign can't begin like this.
    private static readonly byte[] Label = [.. "sanctum-auth-v1\0"u8];

    // Unknown agents' signatures are checked against a key that nobody has: its private half was thrown away.
    private static readonly PublicKey Nobody = MakeNobody();

    public static Challenge Challenge(UnsealedVault vault, string agentName)
    {
        byte[] bytes = [.. Label, .. vault.Keys.VaultId, .. RandomNumberGenerator.GetBytes(32)];
        return new Challenge(agentName, bytes, vault.Clock.Now + vault.Options.ChallengeLifetime);
    }

    public static async Task<Session> AuthenticateAsync(
        Vault owner, UnsealedVault vault, Challenge challenge, ReadOnlyMemory<byte> signature, string source)
    {
        var fresh = challenge.TryUse() && vault.Clock.Now < challenge.ExpiresAt && challenge.IsFor(vault.Keys.VaultId);
        var known = AgentName.TryParse(challenge.AgentName, out var name) & vault.Agents.TryGetValue(name ?? Unnamed, out var agent);
        var signed = Ed25519Signatures.Verify(agent?.Key ?? Nobody, challenge.Bytes.Span, signature.Span);
        if (!(fresh && known && signed && agent is { Info.Disabled: false }))
        {
            // Only now: whoever has the key is let in, whatever others from the same place have failed in.
            await RefuseAsync(vault, Entry(vault, challenge.AgentName, known ? name : null, source, AuditOutcome.Denied), source).ConfigureAwait(false);
        }

        if (agent!.Info.Frozen is not null)
        {
            // Whoever has the key may know it; to all others it is an agent like any other.
            await RefuseAsync(vault, Entry(vault, challenge.AgentName, name, source, AuditOutcome.Denied) with { Reason = VaultErrorCode.Quarantined }, source, Errors.Quarantined()).ConfigureAwait(false);
        }

        var session = new Session(
            RandomNumberGenerator.GetHexString(32, lowercase: true), name!, owner, vault, vault.Options.SessionLifetime);
        await RecordAsync(vault, Entry(vault, challenge.AgentName, name, source, AuditOutcome.Allowed) with { SessionId = session.Id }, () =>
        {
            vault.Sessions.Add(session);
            if (!vault.Agents.TryGetValue(name!, out var still) || !ReferenceEquals(still, agent) || vault.Sealing.IsCancellationRequested)
            {
                // Removed, disabled, given another key, or removed and registered anew, between the signature and its entry.
                session.End();
            }
        }).ConfigureAwait(false);
        return session;
    }

    public static async Task EndAsync(UnsealedVault vault, Session session)
    {
        if (session.Ended.IsCancellationRequested)
        {
            return;
        }

        session.End();
        await RecordAsync(vault, new AuditEntry
        {
            Time = vault.Now,
            Actor = Actors.Agent(session.Agent),
            Action = AuditActions.SessionClose,
            Outcome = AuditOutcome.Allowed,
            SessionId = session.Id,
        }).ConfigureAwait(false);
    }

    /// <summary>Records that somebody sent a token that nobody has. Beyond a number in a minute they are counted.</summary>
    public static async Task RecordWrongTokenAsync(UnsealedVault vault, string source)
    {
        var entry = new AuditEntry
        {
            Time = vault.Now,
            Actor = Actors.Unnamed,
            Action = AuditActions.SessionOpen,
            Outcome = AuditOutcome.Denied,
            Reason = VaultErrorCode.AuthFailed,
            Details = new Dictionary<string, string> { ["source"] = source, ["way"] = "proxy" },
        };
        if (vault.Tally.TryTake(source, Tallied.WrongTokens, entry, out _))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
    }

    private static async Task RefuseAsync(UnsealedVault vault, AuditEntry entry, string source, VaultException? refusal = null)
    {
        if (!vault.Tally.TryTake(source, Tallied.FailedSignIns, entry, out var wait))
        {
            throw Errors.TooManyFailedSignIns(wait);
        }

        await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        throw refusal ?? Errors.AuthFailed();
    }

    private static async Task RecordAsync(UnsealedVault vault, AuditEntry entry, Action? apply = null)
    {
        if (vault.Tally.TryTake(entry.Actor, Tallied.Sessions, entry, out _))
        {
            await vault.Journal.CommitAsync(entry, apply: apply).ConfigureAwait(false);
        }
        else
        {
            apply?.Invoke();
        }
    }

    // No agent can be registered under it by accident: it is only ever looked up in place of a malformed name.
    private static AgentName Unnamed { get; } = AgentName.Parse("-");

    private static AuditEntry Entry(UnsealedVault vault, string claimed, AgentName? name, string source, AuditOutcome outcome) => new()
    {
        Time = vault.Now,
        Actor = name is null ? Actors.Unnamed : Actors.Agent(name),
        Action = AuditActions.SessionOpen,
        Outcome = outcome,
        Reason = outcome == AuditOutcome.Allowed ? null : VaultErrorCode.AuthFailed,
        Details = name is not null
            ? new Dictionary<string, string> { ["source"] = source }
            : new Dictionary<string, string> { ["source"] = source, ["agent"] = UnknownName.Of(vault, "agent", claimed) },
    };

    private static PublicKey MakeNobody()
    {
        using var key = Key.Create(SignatureAlgorithm.Ed25519);
        return key.PublicKey;
    }
}
