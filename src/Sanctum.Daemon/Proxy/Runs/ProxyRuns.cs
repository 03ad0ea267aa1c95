using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Sanctum.Agents;
using Sanctum.Daemon.Proxy.Authorities;
using Sanctum.Daemon.Rpc;
using Sanctum.Door;
using Sanctum.Protocol;
using Sanctum.Sessions;

namespace Sanctum.Daemon.Proxy.Runs;

/// <summary>The runs that are open, by their tokens. Of a token only the hash is kept.</summary>
/// <param name="time">The clock.</param>
internal sealed class ProxyRuns(TimeProvider time)
{
    /// <summary>What session tokens begin with: they are told from others in whatever place they stand.</summary>
    public const string SessionPrefix = "sanctum_session_";

    private const int TokenBytes = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProxyRun> _byHash = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byHash.Count;
            }
        }
    }

    /// <summary>Opens a run for the agent that has signed in on a connection.</summary>
    /// <param name="owner">The connection.</param>
    /// <param name="session">Its session.</param>
    /// <param name="vaults">The vault's side of it, which this takes over. The vault limits how many there are.</param>
    /// <param name="sole">The credential of every request; null where placeholders and hosts tell.</param>
    /// <returns>The run and its token, which is told once.</returns>
    public (ProxyRun Run, string Token) Open(object owner, Session session, Run vaults, SoleCredential? sole = null)
    {
        var token = NewToken();
        var run = new ProxyRun(owner, session, vaults, () => new RunAuthority(vaults.Hosts, time)) { Sole = sole };
        lock (_gate)
        {
            _byHash.Add(HashOf(token), run);
        }

        return (run, token);
    }

    /// <summary>The token by which the agent on a connection uses base URLs. A connection has one, and as many connections as an agent may have are the limit.</summary>
    /// <param name="owner">The connection.</param>
    /// <param name="session">Its session.</param>
    public string SessionTokenOf(object owner, Session session)
    {
        lock (_gate)
        {
            if (_byHash.Values.FirstOrDefault(run => run.Owner == owner && run.SessionToken is not null) is { } known)
            {
                return known.SessionToken!;
            }

            var token = SessionPrefix + NewToken();
            _byHash.Add(HashOf(token), new ProxyRun(owner, session, Run.ByToken(token), () => new RunAuthority([], time), token));
            return token;
        }
    }

    /// <summary>An open session of an agent for base URLs; null when it has none.</summary>
    public ProxyRun? SessionOf(AgentName agent)
    {
        lock (_gate)
        {
            return _byHash.Values.FirstOrDefault(run => run.SessionToken is not null && run.Agent == agent && !run.Ended.IsCancellationRequested);
        }
    }

    /// <summary>The run of a token; null when it is nobody's.</summary>
    public ProxyRun? Find(string token)
    {
        // Looking a hash up takes a time that depends on the hash, and tells nothing about a token that would have it.
        var hash = HashOf(token);
        lock (_gate)
        {
            return _byHash.GetValueOrDefault(hash);
        }
    }

    /// <summary>An agent has signed in on a connection again: its runs go on, and those of another agent are over.</summary>
    public void Renew(object owner, Session session) => CloseWhere(run =>
    {
        if (run.Owner != owner)
        {
            return false;
        }

        if (run.Agent != session.Agent)
        {
            return true;
        }

        run.Renew(session);
        return false;
    });

    /// <summary>Whether a connection has runs.</summary>
    public bool IsOwner(object connection)
    {
        lock (_gate)
        {
            return _byHash.Values.Any(run => run.Owner == connection);
        }
    }

    /// <summary>The connections that have runs or session tokens.</summary>
    public HashSet<object> Owners()
    {
        lock (_gate)
        {
            return [.. _byHash.Values.Select(run => run.Owner)];
        }
    }

    /// <summary>The connection is over, or its agent has signed out.</summary>
    public void Close(object owner) => CloseWhere(run => run.Owner == owner);

    /// <summary>Ends one run of a connection.</summary>
    /// <returns>Where its program was refused; null where the token is none of this connection's.</returns>
    public RunRefusals? Close(object owner, string token)
    {
        var hash = HashOf(token);
        ProxyRun? run;
        lock (_gate)
        {
            if (!_byHash.TryGetValue(hash, out run) || run.Owner != owner || run.SessionToken is not null)
            {
                return null;
            }

            _byHash.Remove(hash);
        }

        run.Dispose();
        return run.Refusals;
    }

    /// <summary>How many runs an agent has.</summary>
    public int CountOf(AgentName agent)
    {
        lock (_gate)
        {
            return _byHash.Values.Count(run => run.Agent == agent);
        }
    }

    private void CloseWhere(Func<ProxyRun, bool> isOver)
    {
        List<KeyValuePair<string, ProxyRun>> over;
        lock (_gate)
        {
            if (_byHash.Count == 0)
            {
                return;
            }

            over = [.. _byHash.Where(entry => isOver(entry.Value))];
            over.ForEach(entry => _byHash.Remove(entry.Key));
        }

        over.ForEach(entry => entry.Value.Dispose());
    }

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    private static string HashOf(string token) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
