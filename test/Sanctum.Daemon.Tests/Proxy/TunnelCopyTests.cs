using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Sanctum.Daemon.Proxy.Listening;

namespace Sanctum.Daemon.Tests.Proxy;

/// <summary>A tunnel that nobody reads: bytes in both directions, until it has to end.</summary>
public sealed class TunnelCopyTests
{
    [Fact]
    public async Task Bytes_pass_in_both_directions_as_they_come()
    {
        await using var ends = await Ends.CreateAsync();
        await ends.ClientSends("hello");
        Assert.Equal("hello", await ends.HostReads());
        await ends.HostSends("welcome");
        Assert.Equal("welcome", await ends.ClientReads());
    }

    [Fact]
    public async Task A_client_that_has_sent_all_still_gets_the_response()
    {
        await using var ends = await Ends.CreateAsync();
        await ends.ClientSends("all");
        await ends.Client.Output.CompleteAsync();
        Assert.Equal("all", await ends.HostReads());
        Assert.Equal("", await ends.HostReads());
        await ends.HostSends("the response");
        ends.Host.Shutdown(SocketShutdown.Send);
        Assert.Equal("the response", await ends.ClientReads());
        await ends.Copying.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_host_that_has_ended_ends_the_tunnel()
    {
        await using var ends = await Ends.CreateAsync();
        ends.Host.Shutdown(SocketShutdown.Both);
        await ends.Copying.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_tunnel_in_which_nothing_moves_ends_at_its_limit()
    {
        var time = new FakeTimeProvider();
        await using var ends = await Ends.CreateAsync(time);
        await ends.ClientSends("hello");
        Assert.Equal("hello", await ends.HostReads());
        time.Advance(TimeSpan.FromMinutes(14));
        await ends.HostSends("still here");
        Assert.Equal("still here", await ends.ClientReads());
        time.Advance(TimeSpan.FromMinutes(14));
        Assert.False(ends.Copying.IsCompleted);
        var ended = ends.Copying.ContinueWith(_ => true, TaskScheduler.Default);
        await time.PassUntilAsync(ended, TimeSpan.FromMinutes(1), most: 3);
    }

    [Fact]
    public async Task A_tunnel_that_is_withdrawn_ends_at_once()
    {
        using var withdrawn = new CancellationTokenSource();
        await using var ends = await Ends.CreateAsync(withdrawn: withdrawn.Token);
        await withdrawn.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ends.Copying.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    // Stopped and woken, the process has what came meanwhile, and has not been told yet that the tunnel is withdrawn.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_passes_a_tunnel_that_is_over_before_its_end_is_told(bool up)
    {
        await using var ends = await Ends.CreateAsync();
        await ends.ClientSends("hello");
        Assert.Equal("hello", await ends.HostReads());
        ends.IsOver = true;
        await (up ? ends.ClientSends("more") : ends.HostSends("more"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ends.Copying.WaitAsync(TimeSpan.FromMinutes(1)));
        await ends.CloseAsync();
        Assert.Equal("", up ? await ends.HostReads() : await ends.ClientReads());
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_so_much_and_no_more()
    {
        await using var ends = await Ends.CreateAsync();
        var sent = 0;
        var block = new byte[64 * 1024];
        while (sent < 64 * 1024 * 1024)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                sent += await ends.Host.SendAsync(block, patience.Token);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        // What the system's own buffers hold, and one block here.
        Assert.InRange(sent, 1, 32 * 1024 * 1024);
    }

    private sealed class Ends : IAsyncDisposable
    {
        private readonly Pipe _up = new(), _down = new(new PipeOptions(pauseWriterThreshold: 64 * 1024));
        private readonly NetworkStream _stream;

        private Ends(Socket near, Socket host, TimeProvider time, CancellationToken withdrawn)
        {
            (Host, _stream) = (host, new NetworkStream(near, ownsSocket: true));
            Client = new Duplex(_down.Reader, _up.Writer);
            Copying = new TunnelCopy(new Duplex(_up.Reader, _down.Writer), _stream, () => IsOver, new ProxyTimes(time)).RunAsync(withdrawn);
        }

        public IDuplexPipe Client { get; }

        public Socket Host { get; }

        public Task Copying { get; }

        public bool IsOver { get; set; }

        public static async Task<Ends> CreateAsync(TimeProvider? time = null, CancellationToken withdrawn = default)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await near.ConnectAsync(listener.LocalEndpoint);
            return new Ends(near, await listener.AcceptSocketAsync(), time ?? TimeProvider.System, withdrawn);
        }

        public async Task ClientSends(string text) => await Client.Output.WriteAsync(Encoding.Latin1.GetBytes(text));

        public async Task<string> ClientReads()
        {
            var read = await Client.Input.ReadAsync();
            var text = Encoding.Latin1.GetString(read.Buffer);
            Client.Input.AdvanceTo(read.Buffer.End);
            return text;
        }

        public async Task HostSends(string text) => await Host.SendAsync(Encoding.Latin1.GetBytes(text));

        public async Task<string> HostReads()
        {
            var bytes = new byte[1024];
            return Encoding.Latin1.GetString(bytes, 0, await Host.ReceiveAsync(bytes));
        }

        /// <summary>Ends what is passed on, so that all of it can be read.</summary>
        public async Task CloseAsync()
        {
            await _down.Writer.CompleteAsync();
            await _stream.DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _stream.DisposeAsync();
            Host.Dispose();
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
