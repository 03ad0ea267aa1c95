namespace Sanctum.Cli.Runs.Inside;

/// <summary>All that leads out of a run's own network: ports and a name server on its loopback, which lead to the daemon's proxy socket.</summary>
internal sealed class InsidePlaces : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];

    /// <param name="socket">The daemon's proxy socket. Who listens there was seen outside: in here the users of other processes have no numbers of their own.</param>
    /// <param name="token">The run's token: only programs of the run are in this network, and so none of them has to know it.</param>
    public InsidePlaces(string socket, string token)
    {
        var addresses = new HostAddresses();
        _open.Add(new Bridge(socket, new TokenHead(token).BeginAsync, Isolation.Port, isVouchedFor: true));
        foreach (var port in (int[])[HostHead.Https, HostHead.Http])
        {
            _open.Add(new Bridge(socket, new HostHead(addresses, token, port).BeginAsync, port, isForAllAddresses: true, isVouchedFor: true));
        }

        _open.Add(new NameServer(addresses));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var place in _open)
        {
            await place.DisposeAsync().ConfigureAwait(false);
        }
    }
}
