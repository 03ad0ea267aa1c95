using Sanctum.Agents;
using Sanctum.Daemon.Proxy.Authorities;
using Sanctum.Door;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>
/// What a token of the proxy stands for: an agent's program, with placeholders and an authority of its own. It belongs to the agent's connection and ends
/// with it. When the session on that connection has expired, the run waits for the agent to sign in there again.
/// </summary>
internal sealed class ProxyRun : IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource _ended = new();
    private readonly Lazy<RunAuthority> _authority;
    private Session _session;

    /// <param name="owner">The agent's connection.</param>
    /// <param name="session">Its session.</param>
    /// <param name="vaults">The vault's side of the run.</param>
    /// <param name="authority">What the program trusts.</param>
    /// <param name="sessionToken">The token, where it is one for base URLs.</param>
    public ProxyRun(object owner, Session session, Run vaults, Func<RunAuthority> authority, string? sessionToken = null)
    {
        (Owner, _session, Vaults, _authority, SessionToken) = (owner, session, vaults, new Lazy<RunAuthority>(authority), sessionToken);
        Watch(session);
    }

    /// <summary>The token that stands for the agent's session at base URLs, and nowhere else; null for a run of a program.</summary>
    public string? SessionToken { get; }

    /// <summary>The agent's connection.</summary>
    public object Owner { get; }

    public AgentName Agent => Session.Agent;

    /// <summary>The vault's side of the run: its placeholders and hosts.</summary>
    public Run Vaults { get; }

    public RunAuthority Authority => _authority.Value;

    /// <summary>The credential of every request; null where placeholders and hosts tell.</summary>
    public SoleCredential? Sole { get; init; }

    public RunRefusals Refusals { get; } = new();

    public Session Session => Volatile.Read(ref _session);

    /// <summary>The agent, for the vault's methods.</summary>
    /// <exception cref="VaultException">The vault is sealed, or the agent is in quarantine.</exception>
    /// <exception cref="ProxyException">The session has ended.</exception>
    public Caller Caller
    {
        get
        {
            try
            {
                return Session.Caller;
            }
            catch (VaultException over) when (over.Code == VaultErrorCode.SessionExpired)
            {
                throw ProxyErrors.SessionOver(over);
            }
        }
    }

    /// <summary>Cancelled when what goes on for the run has to end.</summary>
    public CancellationToken Ended
    {
        get
        {
            lock (_gate)
            {
                return _ended.Token;
            }
        }
    }

    /// <summary>The agent has signed in again on its connection. What goes on for the run goes on, if the session before had not ended.</summary>
    public void Renew(Session session)
    {
        lock (_gate)
        {
            Volatile.Write(ref _session, session);
            if (_ended.IsCancellationRequested)
            {
                _ended = new CancellationTokenSource();
            }
        }

        Watch(session);
    }

    public void Dispose()
    {
        End(null);
        Vaults.Dispose();
        if (_authority.IsValueCreated)
        {
            Authority.Dispose();
        }
    }

    private void Watch(Session session) => session.Ended.UnsafeRegister(_ => End(session), null);

    // Of a session that another has replaced, nothing depends any more.
    private void End(Session? session)
    {
        lock (_gate)
        {
            if (session is null || ReferenceEquals(session, _session))
            {
                // What hangs on it runs elsewhere: it closes connections.
                _ = _ended.CancelAsync();
            }
        }
    }
}
