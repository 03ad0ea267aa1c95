using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Sanctum.Agents;
using Sanctum.Destinations;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Makes connections. The decision is about the address that is dialled, after the name was resolved, and there is no second
/// resolution in between: the address that was judged is the one that is connected to. Each call dials for itself, in its own time: none
/// waits for what another one waits for.
/// </summary>
internal sealed class Dialer(EgressOptions options, TimeProvider time)
{
    private readonly Lookups _lookups = new(options);
    private readonly TrustedRoots _trusted = new(options.TrustedAuthorities, time);

    /// <summary>Makes a connection and, where the origin is HTTPS, TLS on it.</summary>
    /// <exception cref="VaultException">There is no address, none that may be dialled, no connection, or no TLS that can be trusted.</exception>
    public Task<Connection> DialAsync(Route route, CancellationToken cancellationToken) =>
        WithinLimitAsync(route.Origin, token => ConnectAsync(route, token), cancellationToken);

    private async Task<T> WithinLimitAsync<T>(Origin origin, Func<CancellationToken, Task<T>> dial, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConnectTimeout);
        try
        {
            return await dial(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.NoConnectionWithin(origin, options.ConnectTimeout);
        }
        catch (Exception failure) when (failure is not (VaultException or OperationCanceledException))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw UpstreamFailure.OfDialing(failure, origin);
        }
    }

    /// <summary>Makes a bare connection.</summary>
    /// <exception cref="VaultException">There is no address, none that may be dialled, or no connection.</exception>
    public Task<Socket> DialSocketAsync(AgentName agent, Origin origin, bool isException, CancellationToken cancellationToken) =>
        WithinLimitAsync(origin, token => ReachAsync(agent, origin, isException, token), cancellationToken);

    private async Task<Socket> ReachAsync(AgentName agent, Origin origin, bool isException, CancellationToken cancellationToken)
    {
        var addresses = await AddressesAsync(agent, origin.Host.Trim('[', ']'), cancellationToken).ConfigureAwait(false);
        var allowed = isException ? addresses : Array.FindAll(addresses, PublicAddress.IsPublic);
        return allowed.Length > 0 ? await AddressRace.ConnectAsync(allowed, origin.Port, cancellationToken).ConfigureAwait(false)
            : throw (addresses.Length > 0 ? Errors.NotPublic(origin) : new SocketException((int)SocketError.HostNotFound));
    }

    private async Task<Connection> ConnectAsync(Route route, CancellationToken cancellationToken)
    {
        var wire = new WireStream(await ReachAsync(route.Agent, route.Origin, route.IsException, cancellationToken).ConfigureAwait(false));
        try
        {
            var stream = route.Origin.IsSecure ? await SecureAsync(wire, route, cancellationToken).ConfigureAwait(false) : wire;
            return new Connection(route, stream, wire, time.GetTimestamp(), options);
        }
        catch
        {
            await wire.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IPAddress[]> AddressesAsync(AgentName agent, string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host, out var literal) ? [literal] : await _lookups.FindAsync(agent, host, cancellationToken).ConfigureAwait(false);

    // HTTP/2 where it is offered: there every request and response has a number and a length, and none can be taken for another.
    private async Task<Stream> SecureAsync(WireStream wire, Route route, CancellationToken cancellationToken)
    {
        var tls = new SslStream(wire);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = route.Origin.Host.Trim('[', ']'),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = route.IsForOne ? [SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                CertificateChainPolicy = TrustedRoots.Nobody(),
                RemoteCertificateValidationCallback = _trusted.IsTrusted,
                AllowRenegotiation = false,
            },
            cancellationToken).ConfigureAwait(false);
        return tls;
    }
}
