using System.Net.Security;

namespace Sanctum.Daemon.Proxy.Authorities;

/// <summary>A certificate for one host, ready for a handshake.</summary>
/// <param name="Host">The host.</param>
/// <param name="FreshUntil">From when on another one is made. This one is valid for longer.</param>
/// <param name="Context">The certificate with its key and its authority.</param>
internal sealed record Leaf(string Host, DateTimeOffset FreshUntil, SslStreamCertificateContext Context);
