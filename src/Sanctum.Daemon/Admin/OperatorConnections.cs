using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Admin;

/// <summary>
/// The connections of one listener for operators. No process has more of them than it leaves to the others; when there is none left, a process that has none
/// gets the oldest of the process that has the most. Over TCP the kernel does not say whose a connection is: there the oldest goes. One that has shown a token goes
/// only where all have.
/// </summary>
/// <param name="places">How many there may be.</param>
internal sealed class OperatorConnections(int places)
{
    private static readonly byte[] Refusal = Encoding.ASCII.GetBytes(Response());

    private readonly Lock _gate = new();
    private readonly LinkedList<Place> _open = [];

    /// <summary>The process that a request comes from, as it was when its connection was accepted: later, its id can be another's.</summary>
    public static OperatorPeer PeerOf(HttpContext http) => http.Features.GetRequiredFeature<PeerFeature>().Peer;

    /// <summary>Keeps the place of a request's connection from those that have shown no token.</summary>
    public static void Keep(HttpContext http) => http.Features.GetRequiredFeature<PeerFeature>().Place.HasShownToken = true;

    /// <summary>Serves those connections that have a place.</summary>
    /// <param name="mayConnect">Whether a connection is served at all.</param>
    public Func<ConnectionDelegate, ConnectionDelegate> Limit(Func<ConnectionContext, bool> mayConnect) => next => async connection =>
    {
        if (!mayConnect(connection))
        {
            return;
        }

        var process = ProcessOf(connection.Features.Get<IConnectionSocketFeature>()?.Socket);
        if (Enter(connection, process) is not { } place)
        {
            await connection.Transport.Output.WriteAsync(Refusal).ConfigureAwait(false);
            return;
        }

        connection.Features.Set(new PeerFeature(process == 0 && connection.RemoteEndPoint is IPEndPoint from ? OperatorPeer.Of(from.Address) : OperatorPeer.Of(process), place.Value));
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            Leave(place);
        }
    };

    private LinkedListNode<Place>? Enter(ConnectionContext connection, int process)
    {
        ConnectionContext? displaced = null;
        LinkedListNode<Place> place;
        lock (_gate)
        {
            var held = process == 0 ? 0 : _open.Count(open => open.Process == process);
            var left = places - _open.Count;
            if (held > 0 && held + 1 > left - 1)
            {
                return null;
            }

            if (left == 0)
            {
                var strangers = _open.Where(open => !open.HasShownToken).ToList();
                var loser = (strangers.Count > 0 ? strangers : [.. _open]).GroupBy(open => open.Process).MaxBy(group => group.Count())!.First();
                displaced = loser.Connection;
                _open.Remove(loser);
            }

            place = _open.AddLast(new Place(connection, process));
        }

        displaced?.Abort(new ConnectionAbortedException("another connection took its place"));
        return place;
    }

    private void Leave(LinkedListNode<Place> place)
    {
        lock (_gate)
        {
            if (place.List is not null)
            {
                _open.Remove(place);
            }
        }
    }

    private static int ProcessOf(Socket? socket) =>
        socket is { AddressFamily: AddressFamily.Unix } ? PeerCredentials.Of(socket).ProcessId : 0;

    private sealed record PeerFeature(OperatorPeer Peer, Place Place);

    private sealed class Place(ConnectionContext connection, int process)
    {
        private volatile bool _hasShownToken;

        public ConnectionContext Connection => connection;

        public int Process => process;

        public bool HasShownToken
        {
            get => _hasShownToken;
            set => _hasShownToken = value;
        }
    }

    private static string Response()
    {
        const string body = """{"error":{"code":"RATE_LIMITED","message":"this process has too many connections","suggestion":"close unused connections"}}""";
        return $"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
    }
}
