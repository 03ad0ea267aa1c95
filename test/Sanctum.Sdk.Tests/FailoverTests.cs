using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sanctum.Client;

namespace Sanctum.Sdk.Tests;

/// <summary>A client with several addresses goes to the next one when one is gone.</summary>
public sealed class FailoverTests
{
    [Fact]
    public async Task A_lost_connection_is_made_again_at_another_address_within_two_seconds_under_load()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        await using var first = new Relay(vault.Tcp);
        await using var second = new Relay(vault.Tcp);
        await using var client = vault.Client(null, first.Address, second.Address);
        var load = new Load(client);
        await UntilAsync(() => load.Calls > 100);
        List<TimeSpan> times = [];
        foreach (var (ends, goesOn) in Enumerable.Repeat(new[] { (first, second), (second, first) }, 3).SelectMany(pair => pair))
        {
            var before = goesOn.Accepted;
            await goesOn.ListenAsync();
            await ends.CutAsync();
            var since = Stopwatch.StartNew();
            var (lost, done) = (load.Failures.Count, load.Calls);
            await UntilAsync(() => goesOn.Accepted > before && load.Calls > done + 50);
            times.Add(since.Elapsed);

            // What was under way has an unknown outcome, and nothing else has failed.
            Assert.InRange(load.Failures.Count - lost, 0, 20);
            await ends.ListenAsync();
        }

        await load.EndAsync();
        Assert.InRange(times.Order().ElementAt(times.Count / 2), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.All(load.Failures, lost => Assert.IsType<OutcomeUnknownException>(lost));
    }

    // The second is another vault that knows the same agent, so that a reply tells which one it is from.
    [Fact]
    public async Task A_daemon_that_stops_is_left_for_another_and_nobody_notices_under_load()
    {
        await using var first = await TlsVault.CreateAsync();
        await using var second = await TlsVault.CreateAsync(first);
        await first.StartAsync();
        await second.StartAsync();
        await using var client = first.Client(null, first.Address, second.Address);
        var load = new Load(client);
        await UntilAsync(() => load.Calls > 200);
        await first.StopAsync();
        var done = load.Calls;
        await UntilAsync(() => load.Calls > done + 200);
        await load.EndAsync();
        Assert.Empty(load.Failures);
    }

    // It accepts, which the system does by itself, and never says a word.
    [Fact]
    public async Task An_address_that_says_nothing_is_not_waited_for()
    {
        await using var vault = await TlsVault.CreateAsync();
        await vault.StartAsync();
        using var silent = new Socket(SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        silent.Listen();
        List<TimeSpan> times = [];
        for (var i = 0; i < 5; i++)
        {
            var since = Stopwatch.StartNew();
            await using var client = vault.Client(null, $"tls://localhost:{((IPEndPoint)silent.LocalEndPoint!).Port}", vault.Address);
            Assert.Single(await client.ListAsync());
            times.Add(since.Elapsed);
        }

        Assert.InRange(times.Order().ElementAt(times.Count / 2), TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task When_none_responds_the_error_names_each()
    {
        await using var vault = await TlsVault.CreateAsync();
        await using var client = vault.Client(null, "tls://localhost:1", "127.0.0.1:1");
        var refused = await Assert.ThrowsAsync<VaultConnectionException>(() => client.ConnectAsync());
        Assert.StartsWith("none of the 2 addresses has a daemon: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("tls://localhost:1 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1 ", refused.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!isSo())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Passes bytes on, until it is cut: then its connections are reset and nobody listens.</summary>
    private sealed class Relay : IAsyncDisposable
    {
        private readonly IPEndPoint _to;
        private readonly int _port;
        private readonly ConcurrentBag<Socket> _open = [];
        private Socket? _listener;
        private Task _accepting = Task.CompletedTask;
        private int _accepted;

        public Relay(IPEndPoint to)
        {
            _to = to;
            Listen(0);
            _port = ((IPEndPoint)_listener!.LocalEndPoint!).Port;
        }

        public string Address => $"tls://localhost:{_port}";

        public int Accepted => Volatile.Read(ref _accepted);

        public Task ListenAsync()
        {
            if (_listener is null)
            {
                Listen(_port);
            }

            return Task.CompletedTask;
        }

        public async Task CutAsync()
        {
            _listener?.Dispose();
            _listener = null;
            await _accepting;
            while (_open.TryTake(out var socket))
            {
                socket.Close(0);
            }
        }

        public async ValueTask DisposeAsync() => await CutAsync();

        private void Listen(int port)
        {
            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, optionValue: true);
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen();
            _accepting = AcceptAsync(_listener);
        }

        private async Task AcceptAsync(Socket listener)
        {
            try
            {
                while (true)
                {
                    var client = await listener.AcceptAsync();
                    var daemon = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await daemon.ConnectAsync(_to);
                    _open.Add(client);
                    _open.Add(daemon);
                    Interlocked.Increment(ref _accepted);
                    _ = CopyAsync(client, daemon);
                    _ = CopyAsync(daemon, client);
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                // Cut.
            }
        }

        private static async Task CopyAsync(Socket from, Socket to)
        {
            var buffer = new byte[16 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer) is > 0 and var count)
                {
                    await to.SendAsync(buffer.AsMemory(0, count));
                }

                to.Shutdown(SocketShutdown.Send);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // One side has left, and so does the other.
            }
        }
    }

    /// <summary>Twenty who call by one client, until they are told to end.</summary>
    private sealed class Load
    {
        private readonly Task _all;
        private int _calls;
        private volatile bool _over;

        public Load(SanctumClient client) => _all = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CallAsync(client)));

        public ConcurrentQueue<Client.VaultException> Failures { get; } = new();

        /// <summary>How many have succeeded.</summary>
        public int Calls => Volatile.Read(ref _calls);

        public Task EndAsync()
        {
            _over = true;
            return _all;
        }

        private async Task CallAsync(SanctumClient client)
        {
            while (!_over)
            {
                try
                {
                    await client.ListAsync();
                    Interlocked.Increment(ref _calls);
                }
                catch (Client.VaultException failed)
                {
                    Failures.Enqueue(failed);
                }
            }
        }
    }
}
