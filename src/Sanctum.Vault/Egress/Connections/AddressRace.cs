using System.Net;
using System.Net.Sockets;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Connects to the first of several addresses that takes a connection (RFC 8305, "Happy Eyeballs"): if one has not responded within a
/// quarter of a second, the next is tried beside it. So a dead address costs that, and not the whole time-out.
/// </summary>
internal static class AddressRace
{
    /// <summary>How many addresses of a host are tried, and so how many sockets a call can hold at once.</summary>
    public const int MaxAddresses = 6;

    /// <summary>RFC 8305, section 8: the recommended Connection Attempt Delay.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(250);

    /// <exception cref="SocketException">None of them takes a connection; why the last one did not.</exception>
    public static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var waiting = new Queue<IPAddress>(InTurns(addresses).Take(MaxAddresses));
        List<Task<Socket>> running = [];
        try
        {
            while (true)
            {
                if (waiting.TryDequeue(out var address))
                {
                    running.Add(ConnectAsync(new IPEndPoint(address, port), over.Token));
                }

                var first = await FirstAsync(running, waiting.Count > 0 ? Delay : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
                if (first is { IsCompletedSuccessfully: true })
                {
                    running.Remove(first);
                    return await first.ConfigureAwait(false);
                }

                if (first is not null && running.Remove(first) && running.Count + waiting.Count == 0)
                {
                    return await first.ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            running.ForEach(late => _ = DisposeAsync(late));
        }
    }

    // The families by turns, beginning with the one that the resolver put first (section 4): a network without IPv6 is the commonest dead one.
    private static IEnumerable<IPAddress> InTurns(IPAddress[] addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany(family => family.Select((address, turn) => (address, turn)))
        .OrderBy(one => one.turn)
        .Select(one => one.address);

    private static async Task<Task<Socket>?> FirstAsync(List<Task<Socket>> running, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.WhenAny(running).WaitAsync(patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DisposeAsync(Task<Socket> late)
    {
        try
        {
            (await late.ConfigureAwait(false)).Dispose();
        }
        catch (Exception lost) when (lost is SocketException or OperationCanceledException)
        {
            // Another one was first.
        }
    }
}
