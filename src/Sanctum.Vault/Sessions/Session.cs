using Sanctum.Agents;
using Sanctum.Sealing;

namespace Sanctum.Sessions;

/// <summary>One agent's authenticated connection.</summary>
public sealed class Session
{
    private readonly CancellationTokenSource _ended;
    private readonly Vault _vault;
    private readonly Caller _caller;
    private readonly VaultClock _clock;
    private readonly DateTimeOffset _end;

    internal Session(string id, AgentName agent, Vault vault, UnsealedVault unsealed, TimeSpan life)
    {
        _clock = unsealed.Clock;
        (Id, Agent, _vault, Unsealed, _end) = (id, agent, vault, unsealed, _clock.Now + life);
        _ended = new CancellationTokenSource(life, unsealed.Options.TimeProvider);
        Ended = _ended.Token;
        _caller = new Caller(this);
    }

    /// <summary>Its id: 32 hex digits. Of no use on another connection.</summary>
    public string Id { get; }

    /// <summary>Whose it is.</summary>
    public AgentName Agent { get; }

    /// <summary>When it is over.</summary>
    public DateTimeOffset ExpiresAt => _clock.Shown(_end);

    /// <summary>Cancelled when the session ends: logged out, past its life, agent removed, vault sealed.</summary>
    public CancellationToken Ended { get; }

    /// <summary>The agent, for the vault's methods.</summary>
    /// <exception cref="VaultException">The session is over; the code is <see cref="VaultErrorCode.SessionExpired"/>, or
    /// <see cref="VaultErrorCode.VaultLocked"/> when the vault has been sealed.</exception>
    public Caller Caller
    {
        get
        {
            Require();
            return _caller;
        }
    }

    /// <summary>The unsealing that it belongs to: a session does not outlive it.</summary>
    internal UnsealedVault Unsealed { get; }

    internal void Require()
    {
        // The clock too: timers stand still while a machine sleeps.
        if (Ended.IsCancellationRequested || _clock.Now >= _end)
        {
            throw WhyOver();
        }
    }

    /// <summary>What an agent is told whose session is over.</summary>
    internal VaultException WhyOver() =>
        _vault.IsSealed ? Errors.VaultLocked()
        : Unsealed.Agents.TryGetValue(Agent, out var agent) && agent.Info.Frozen is not null ? Errors.Quarantined()
        : Errors.SessionExpired();

    // It is over when this returns. What hangs on the token runs elsewhere: the journal's writer ends sessions, and must not be
    // held up by it or made to wait for itself.
    internal void End() => _ = _ended.CancelAsync();
}
