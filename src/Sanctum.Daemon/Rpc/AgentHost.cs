using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Sanctum.Agents;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Telemetry;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc;

/// <summary>All agents' connections, and what they share.</summary>
internal sealed class AgentHost : IDisposable
{
    private static readonly TimeSpan DrainInterval = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, AgentConnection> _connections = new();
    private readonly ConcurrentDictionary<AgentName, MemoryShare> _shares = new();
    private readonly RequestMemory _memory;
    private volatile IReadOnlyList<uint> _allowedUids;
    private volatile RpcErrors _errors;
    private readonly ILogger _log;
    private readonly ITimer _sweep;
    private volatile bool _stopping;

    public AgentHost(Vault vault, DaemonSettings settings, ProxyRuns runs, BoundAddresses bound, DrainState drain, ILogger<AgentHost> log)
    {
        (Vault, Runs, Bound, Drain) = (vault, runs, bound, drain);
        ProxySocket = settings.ProxySocket;
        Limits = settings.Limits;
        Time = settings.Time;
        _memory = new RequestMemory(settings.Limits.RequestMemory * 1024L * 1024);
        Places = new ConnectionPlaces<AgentConnection>(settings.Limits.Connections, settings.Limits.UnauthenticatedConnections, settings.Tcp is not null);
        (_allowedUids, _errors) = (AllowedUids(settings), ErrorsOf(settings));
        _log = log;
        Telemetry = new DaemonTelemetry(vault, () => Connections);
        _sweep = Time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public Vault Vault { get; }

    /// <summary>Spans and measurements.</summary>
    public DaemonTelemetry Telemetry { get; }

    /// <summary>What agents' programs do through the proxy.</summary>
    public ProxyRuns Runs { get; }

    /// <summary>Where the daemon listens on TCP.</summary>
    public BoundAddresses Bound { get; }

    /// <summary>Whether the daemon is stopping.</summary>
    public DrainState Drain { get; }

    public string ProxySocket { get; }

    public LimitsConfig Limits { get; private set; }

    public TimeProvider Time { get; }

    public ConnectionPlaces<AgentConnection> Places { get; }

    public int Connections => _connections.Count;

    /// <summary>Takes other settings, for the next connection or call on. Memory and the places of strangers stay as they are.</summary>
    public void Reconfigure(DaemonSettings settings)
    {
        (Limits, _allowedUids, _errors) = (settings.Limits, AllowedUids(settings), ErrorsOf(settings));
        Places.Reconfigure(settings.Limits.Connections);
    }

    /// <summary>Serves one connection until it ends.</summary>
    public async Task ServeAsync(ConnectionContext context)
    {
        if (PeerOf(context) is not { } peer)
        {
            _log.Refused(context.ConnectionId, "its user may not connect");
            return;
        }

        var connection = new AgentConnection(this, context, peer);
        if (Drain.HasBegun)
        {
            await connection.RefuseAsync(RpcErrors.Stopping()).ConfigureAwait(false);
            return;
        }

        var displaced = Places.Wait(connection);
        Displace(displaced);
        if (displaced == connection)
        {
            await connection.RefuseAsync(RpcErrors.TooManyConnections()).ConfigureAwait(false);
            return;
        }

        _connections[context.ConnectionId] = connection;
        _log.Connected(context.ConnectionId, peer.Source);
        try
        {
            if (_stopping)
            {
                connection.Stop();
            }

            _log.Disconnected(context.ConnectionId, await connection.RunAsync().ConfigureAwait(false));
        }
        catch (Exception failure)
        {
            // The last resort: whatever it is, it stays this connection's.
            _log.ConnectionFailed(context.ConnectionId, failure);
        }
        finally
        {
            _connections.TryRemove(context.ConnectionId, out _);
            Places.Leave(connection);
        }
    }

    /// <summary>Says why a connection is not served. It has no place, and nothing is read from it.</summary>
    public Task RefuseAsync(ConnectionContext context, RpcException why) => new AgentConnection(this, context, ConnectionPeer.OfTcp(((IPEndPoint)context.RemoteEndPoint!).Address)).RefuseAsync(why);

    /// <summary>Gives a connection the place of an agent that has just signed in on it.</summary>
    /// <exception cref="RpcException">The agent has as many as it may.</exception>
    public void SignedIn(AgentConnection connection, AgentName agent)
    {
        var (admitted, displaced) = Places.SignIn(connection, agent);
        Displace(displaced);
        if (!admitted)
        {
            _log.Refused(connection.Id, "its agent has too many connections");
            throw RpcErrors.TooManyOfAgent();
        }

        connection.SignedIn(_shares.GetOrAdd(agent, _ => new MemoryShare(_memory)));
    }

    /// <summary>Makes a connection one that has not signed in again.</summary>
    public void SignedOut(AgentConnection connection) => Displace(Places.Wait(connection));

    /// <summary>Ends connections one by one, as nothing runs on them any more, until there are none or the time is over. Calls that come meanwhile are refused.</summary>
    /// <param name="proxied">Ends when nothing runs through the proxy any more: until then, connections that have runs stay.</param>
    public async Task DrainAsync(Task proxied)
    {
        while (!_connections.IsEmpty && !Drain.Over.IsCancellationRequested)
        {
            var owners = proxied.IsCompleted ? [] : Runs.Owners();
            foreach (var connection in _connections.Values)
            {
                if (!owners.Contains(connection))
                {
                    connection.EndIfQuiet();
                }
            }

            await Task.Delay(DrainInterval).ConfigureAwait(false);
        }
    }

    /// <summary>Lets every connection finish what it has begun, and begin nothing more.</summary>
    public void Stop()
    {
        _stopping = true;
        foreach (var connection in _connections.Values)
        {
            connection.Stop();
        }
    }

    public RpcError ToError(Exception failure, RpcCall call)
    {
        var error = _errors.From(failure, call.RequestId);
        if (failure is VaultException { Code: VaultErrorCode.CredentialDamaged })
        {
            _log.CredentialDamaged(call.RequestId, error.Message);
        }
        else if (RpcErrors.IsExpected(failure))
        {
            LogOutcome(call, error.Code);
        }
        else
        {
            _log.Failed(call.RequestId, call.Method, failure);
        }

        return error;
    }

    /// <summary>The address of an error's page, as the configuration has it now.</summary>
    public string PageOf(string code) => _errors.PageOf(code);

    public void LogOutcome(RpcCall call, string outcome)
    {
        if (_log.IsEnabled(LogLevel.Debug))
        {
            _log.Responded(call.RequestId, call.Method, outcome);
        }
    }

    /// <summary>Where a connection comes from; null when its user may not connect. The socket's mode keeps other users out, and this does too, should the mode be changed.</summary>
    public ConnectionPeer? PeerOf(ConnectionContext context) => context.RemoteEndPoint is IPEndPoint remote
        ? ConnectionPeer.OfTcp(remote.Address)
        : ConnectionPeer.OfUnix(context.Features.Get<IConnectionSocketFeature>()!.Socket, _allowedUids);

    public void Dispose()
    {
        _sweep.Dispose();
        Telemetry.Dispose();
    }

    private static IReadOnlyList<uint> AllowedUids(DaemonSettings settings) => [NativeMethods.GetEffectiveUserId(), .. settings.Config.AllowedUids];

    private static RpcErrors ErrorsOf(DaemonSettings settings) => new(settings.Config.DocsUrl.TrimEnd('/'));

    private void Displace(AgentConnection? connection)
    {
        if (connection is not null)
        {
            _log.Refused(connection.Id, "too many connections");
            connection.End(RpcErrors.TooManyConnections());
        }
    }

    private void Sweep()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, connection) in _connections)
        {
            connection.DropIfOverdue(now);
            connection.NoticeHangUp();
            connection.TrimIfIdle();
        }
    }
}
