using System.Net;
using System.Net.Http;
using System.Net.Security;

namespace Sanctum.Egress.Connections;

/// <summary>
/// One connection, with a client of its own that has no other: so it is known here which connection carries what, which is not known of a
/// client that keeps many. The client reads and writes HTTP; when to connect, and what to send again, is not left to it.
/// </summary>
internal sealed class Connection : IDisposable
{
    // In KiB, as the handler counts: RFC 9110 leaves it open, and browsers and proxies stop well below.
    private const int MaxHeaders = 64;

    private readonly HttpMessageInvoker _client;
    private readonly WireStream _wire;
    private Stream? _stream;

    /// <param name="route">Whom it is for.</param>
    /// <param name="stream">Inside TLS where there is TLS; otherwise the wire.</param>
    /// <param name="wire">The wire.</param>
    /// <param name="at">When it was made.</param>
    /// <param name="options">The limits.</param>
    public Connection(Route route, Stream stream, WireStream wire, long at, EgressOptions options)
    {
        (Route, _stream, _wire, MadeAt, RestedAt) = (route, stream, wire, at, at);
        IsShared = stream is SslStream tls && tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2;
        Guard = new GuardedStream(stream, wire, ordered: !IsShared);
        Guard.Rest();
        _client = new HttpMessageInvoker(Handler(options));
    }

    /// <summary>
    /// How much of a response over HTTP/2 can have come before anybody reads it, in bytes. It does not grow where the program has
    /// <c>System.Net.SocketsHttpHandler.Http2FlowControl.DisableDynamicWindowSizing</c>, as ours has: else a service that acknowledges pings late has it grow to 16 MiB.
    /// </summary>
    public const int Http2Window = 256 * 1024;

    public Route Route { get; }

    public GuardedStream Guard { get; }

    /// <summary>Whether it carries several requests at once, each with a number: HTTP/2.</summary>
    public bool IsShared { get; }

    public long MadeAt { get; }

    /// <summary>When the last request on it was over.</summary>
    public long RestedAt { get; set; }

    /// <summary>How many requests it carries. Kept by <see cref="AgentConnections"/>.</summary>
    public int Users { get; set; }

    /// <summary>How many it has carried before. Kept by <see cref="AgentConnections"/>.</summary>
    public int Served { get; set; }

    /// <summary>Whether it takes no more requests. Kept by <see cref="AgentConnections"/>.</summary>
    public bool IsRetired { get; set; }

    /// <exception cref="HttpRequestException">No response.</exception>
    /// <exception cref="WrittenAgainException">It was refused unprocessed, as the protocol has it.</exception>
    public Task<HttpResponseMessage> SendAsync(SentMessage message, CancellationToken cancellationToken)
    {
        (message.Version, message.VersionPolicy) = (IsShared ? HttpVersion.Version20 : HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);
        if (message.HasBody && !IsShared)
        {
            // A service that does not read the body would read it as the next request.
            message.Headers.ConnectionClose = true;
            (message.Content as StreamedContent)?.StopWhen(Guard.IsRefusedAsync);
        }

        return _client.SendAsync(message, cancellationToken);
    }

    /// <summary>Ends when something arrives on it that was not asked for, or it ends.</summary>
    public Task ArrivalAsync() => _wire.ArrivalAsync();

    public void Dispose()
    {
        _client.Dispose();
        Guard.Dispose();
    }

    private SocketsHttpHandler Handler(EgressOptions options) => new()
    {
        ConnectCallback = (_, _) => ValueTask.FromResult(Interlocked.Exchange(ref _stream, null) ?? throw new SpentException()),
        PlaintextStreamFilter = (_, _) => ValueTask.FromResult<Stream>(Guard),
        RequestHeaderEncodingSelector = SentMessage.OnWriting,

        // Everything that would add to a request, follow a response, or take advice from the process's environment.
        AllowAutoRedirect = false,
        UseProxy = false,
        Proxy = null,
        UseCookies = false,
        Credentials = null,
        DefaultProxyCredentials = null,
        PreAuthenticate = false,
        ActivityHeadersPropagator = null,

        // Decoded by us, with a limit, and searched.
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxHeaders,
        MaxResponseDrainSize = 0,

        InitialHttp2StreamWindowSize = Http2Window,

        // How long it is kept is decided here.
        PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,

        // So that a request that finds no room on it is not kept waiting for room, but told that there is none.
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = IsShared ? options.PingDelay : Timeout.InfiniteTimeSpan,
        KeepAlivePingTimeout = IsShared ? options.PingTimeout : Timeout.InfiniteTimeSpan,
    };
}

/// <summary>A client wanted another connection than the one that it has.</summary>
internal sealed class SpentException() : IOException("the connection can't be used any more");
