using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Sanctum.Crypto;
using Sanctum.Daemon.Hosting;
using Sanctum.Daemon.Proxy.Runs;
using Sanctum.Daemon.Rpc;
using Sanctum.Storage;

namespace Sanctum.Daemon.Tests.Rpc;

/// <summary>
/// Calls that never wait, such as refusals, must not keep their thread for as long as the peer sends more of them: there are few threads, and every other agent
/// needs one. Over pipes, because what a connection does of its own accord shows only where nothing makes it wait.
/// </summary>
public sealed class TurnTests
{
    private const int Calls = 1000;
    private static readonly byte[] Refused = AgentWire.Frame("""{"id":1,"method":"no_such_method"}""");

    [Fact]
    public async Task A_connection_whose_calls_never_wait_lets_others_have_its_thread()
    {
        using var passphrase = new SecretBytes("correct horse battery staple"u8);
        await using var vault = await Vault.CreateAsync(new InMemoryVaultStore(), passphrase.Span.ToArray(), new VaultOptions { Kdf = KdfParameters.Minimum });
        await vault.UnsealAsync(passphrase.Span.ToArray());
        var folder = Directory.CreateTempSubdirectory("sanctum-turns-");
        var settings = DaemonSettings.Resolve(new DaemonOptions { VaultDirectory = folder.FullName, TimeProvider = new Ticking() });
        using var host = new AgentHost(vault, settings, new ProxyRuns(settings.Time), new BoundAddresses(), new DrainState(), NullLogger<AgentHost>.Instance);
        var (input, output) = (Whole(), Whole());
        for (var i = 0; i < Calls; i++)
        {
            await input.Writer.WriteAsync(Refused);
        }

        await input.Writer.CompleteAsync();
        var turns = new Turns();
        var ending = turns.Run(() => new AgentConnection(
            host,
            new DefaultConnectionContext("1", new Transport(input.Reader, output.Writer), new Transport(output.Reader, input.Writer)),
            new ConnectionPeer(IsTcp: false, "unix:0", 0)).RunAsync());

        // The clock goes on by a tenth of a turn whenever it is read. What follows the first turn is the thread pool's.
        Assert.Equal("closed by the peer", await ending);
        Assert.Equal(1, turns.Ended);
        folder.Delete();
    }

    private static Pipe Whole() => new(new PipeOptions(pauseWriterThreshold: 0));

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>A clock that is never read twice at the same time.</summary>
    private sealed class Ticking : TimeProvider
    {
        private long _now = 1;

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => Interlocked.Add(ref _now, 50);
    }

    /// <summary>Counts how often what runs here gives its thread up.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _waiting = new();

        public int Ended { get; private set; }

        public override void Post(SendOrPostCallback d, object? state) => _waiting.Enqueue((d, state));

        public Task<string> Run(Func<Task<string>> first)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                var running = first();
                while (_waiting.TryDequeue(out var next))
                {
                    Ended++;
                    next.Callback(next.State);
                }

                return running;
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }
    }
}
