using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;
using Sanctum.Daemon.Hosting;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc;

/// <summary>All agents' connections, and what they share.</summary>
internal sealed class AgentHost : IDisposable
{
    private readonly ConcurrentDictionary<string, AgentConnection> _connections = new();
    private readonly IReadOnlyList<uint> _allowedUids;
    private readonly RpcErrors _errors;
    private readonly ILogger _log;
    private readonly ITimer _sweep;
    private volatile bool _stopping;

    public AgentHost(Vault vault, DaemonSettings settings, ILogger<AgentHost> log)
    {
        Vault = vault;
        Limits = settings.Limits;
        Time = settings.Time;
        _allowedUids = [NativeMethods.GetEffectiveUserId(), .. settings.Config.AllowedUids];
        _errors = new RpcErrors(settings.Config.DocsUrl.TrimEnd('/'));
        _log = log;
        _sweep = Time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public Vault Vault { get; }

    public LimitsConfig Limits { get; }

    public TimeProvider Time { get; }

    public int Connections => _connections.Count;

    /// <summary>Serves one connection until it ends.</summary>
    public async Task ServeAsync(ConnectionContext context)
    {
        if (SourceOf(context) is not { } source)
        {
            _log.Refused(context.ConnectionId, "its user may not connect");
            return;
        }

        var connection = new AgentConnection(this, context, source);
        if (!HasRoom())
        {
            _log.Refused(context.ConnectionId, "too many connections");
            await connection.RefuseAsync(RpcErrors.TooManyConnections()).ConfigureAwait(false);
            return;
        }

        _connections[context.ConnectionId] = connection;
        _log.Connected(context.ConnectionId, source);
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
        if (RpcErrors.IsExpected(failure))
        {
            LogAnswered(call, error.Code);
        }
        else
        {
            _log.Failed(call.RequestId, call.Method, failure);
        }

        return error;
    }

    public void LogAnswered(RpcCall call, string outcome)
    {
        if (_log.IsEnabled(LogLevel.Debug))
        {
            _log.Answered(call.RequestId, call.Method, outcome);
        }
    }

    public void Dispose() => _sweep.Dispose();

    private bool HasRoom()
    {
        var waiting = 0;
        foreach (var (_, connection) in _connections)
        {
            waiting += connection.SignIn.HasSession ? 0 : 1;
        }

        return waiting < Limits.UnauthenticatedConnections && _connections.Count < Limits.Connections;
    }

    private void Sweep()
    {
        var now = Time.GetTimestamp();
        foreach (var (_, connection) in _connections)
        {
            connection.DropIfOverdue(now);
        }
    }

    // Failures are counted by it. Null when the peer may not connect at all: the socket's mode keeps other users out, and this
    // does too, should the mode be changed.
    private string? SourceOf(ConnectionContext context)
    {
        if (context.RemoteEndPoint is IPEndPoint remote)
        {
            return $"tcp:{remote.Address}";
        }

        var peer = PeerCredentials.Of(context.Features.Get<IConnectionSocketFeature>()!.Socket);
        return _allowedUids.Contains(peer.UserId) ? $"unix:{peer.UserId}:{peer.ProcessId}" : null;
    }
}
