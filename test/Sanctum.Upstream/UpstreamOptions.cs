using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sanctum.Upstream;

/// <summary>What kind of server a <see cref="TestUpstream"/> is. By default plain HTTP/1.1 on IPv4.</summary>
public sealed record UpstreamOptions
{
    /// <summary>Who vouches for the server; with one, it speaks https with a certificate for <see cref="Names"/>.</summary>
    public TestAuthority? Authority { get; init; }

    /// <summary>The names in its certificate: DNS names and IP addresses. Default <c>localhost</c> and both loopback addresses.</summary>
    public IReadOnlyList<string> Names { get; init; } = ["localhost", "127.0.0.1", "::1"];

    /// <summary>Instead of one that <see cref="Authority"/> issues: an expired one, say. The upstream disposes it.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>HTTP/1.1, HTTP/2 or both. Both need https; HTTP/2 without it is for clients that know beforehand.</summary>
    public HttpProtocols Protocols { get; init; } = HttpProtocols.Http1;

    /// <summary>Whether it listens on <c>::1</c> too, at the same port.</summary>
    public bool IPv6 { get; init; }

    /// <summary>Where it listens instead: at 443, say, which root may take. Null for a port of 127.0.0.1 that is free.</summary>
    public IPEndPoint? At { get; init; }
}
