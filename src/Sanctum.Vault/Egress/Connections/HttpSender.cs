using System.Net.Http;
using System.Net.Sockets;
using Sanctum.Agents;
using Sanctum.Destinations;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Sends requests. Once, with two exceptions, and then once more: what the service refused by HTTP/2's means, which say that it was not
/// processed; and a GET or HEAD that found a connection which had been kept and ended before a byte came back.
/// </summary>
internal sealed class HttpSender(EgressOptions options, TimeProvider time) : IDisposable
{
    private const int MostSends = 2;
    private const int MostConnections = 4;

    private readonly Dialer _dialer = new(options, time);

    public ConnectionPool Pool { get; } = new(options, time);

    /// <summary>Sends it, and returns once the head of the response is there. The caller disposes what it gets.</summary>
    /// <param name="isCounted">Whether the permission for it is used up by it, an approval or one of so many uses in an hour: then
    /// what may have been processed is not sent again, not even if it only asks for something.</param>
    /// <exception cref="HttpRequestException">There is no response.</exception>
    /// <exception cref="VaultException">There is no connection, or the request may not go on.</exception>
    public async Task<Exchange> SendAsync(OutgoingRequest request, Route route, bool isCounted, CancellationToken cancellationToken)
    {
        request.Progress.Sends = 0;
        var message = RequestMessage.Of(request);
        var connections = Pool.Of(route.Agent);
        var connection = connections.TryTake(route);
        for (var (sends, tries) = (0, 1); ; tries++, connection = null)
        {
            connection ??= await DialAsync(connections, route, cancellationToken).ConfigureAwait(false);
            var exchange = new Exchange(connections, connection, message);
            try
            {
                // A connection may have been waited for.
                request.RequireGoing?.Invoke();
                await exchange.SendAsync(cancellationToken).ConfigureAwait(false);
                request.Progress.Sends = sends + 1;
                return exchange;
            }
            catch (Exception failure)
            {
                sends += exchange.IsSent ? 1 : 0;
                request.Progress.Sends = sends;
                var again = failure is not (OperationCanceledException or VaultException) && sends < MostSends && tries < MostConnections && MayBeSentAgain(exchange, request, isCounted);
                exchange.Dispose();
                if (!again)
                {
                    throw;
                }

                message = RequestMessage.Of(request);
            }
        }
    }

    /// <summary>Makes a connection that is passed on unread. The caller disposes it.</summary>
    /// <exception cref="VaultException">There is no connection.</exception>
    public Task<Socket> DialAsync(AgentName agent, Origin origin, bool isException, CancellationToken cancellationToken) =>
        _dialer.DialSocketAsync(agent, origin, isException, cancellationToken);

    public void Dispose() => Pool.Dispose();

    // A body that is read while it is sent can be read once.
    private static bool MayBeSentAgain(Exchange exchange, OutgoingRequest request, bool isCounted) =>
        request.Stream is { IsTaken: true } ? false
        : exchange.IsSent
            ? exchange.IsRefused || (!isCounted && request is { HasBody: false, Stream: null, Target.Method: "GET" or "HEAD" } && exchange is { IsOnUsedConnection: true, HasNoResponse: true })
            : exchange.IsOnUsedConnection;

    private async Task<Connection> DialAsync(AgentConnections connections, Route route, CancellationToken cancellationToken)
    {
        var connection = await _dialer.DialAsync(route, cancellationToken).ConfigureAwait(false);
        connections.Add(connection);
        return connection;
    }
}
