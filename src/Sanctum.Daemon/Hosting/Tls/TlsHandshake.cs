using Microsoft.AspNetCore.Connections;
using Sanctum.Daemon.Rpc;

namespace Sanctum.Daemon.Hosting.Tls;

/// <summary>A connection whose TLS handshake is not over.</summary>
/// <param name="context">The connection.</param>
/// <param name="peer">Where it comes from.</param>
internal sealed class TlsHandshake(ConnectionContext context, ConnectionPeer peer) : IPlacedConnection
{
    public ConnectionPeer Peer => peer;

    public string Id => context.ConnectionId;

    /// <summary>What is known of the client's certificate. Without a word of it: none.</summary>
    public ClientCertificate Client { get; set; }

    public void Abort() => context.Abort(new ConnectionAbortedException("another handshake took its place"));
}

/// <summary>What a client has shown of itself in the handshake.</summary>
internal enum ClientCertificate
{
    None,
    Untrusted,
    Trusted,
}

/// <summary>Why a connection is not served.</summary>
internal enum TlsFlaw
{
    /// <summary>What came first is no TLS.</summary>
    NotTls,

    /// <summary>The client has shown no certificate.</summary>
    NoCertificate,

    /// <summary>The client's certificate has expired, or nobody vouches for it.</summary>
    UntrustedCertificate,
}
