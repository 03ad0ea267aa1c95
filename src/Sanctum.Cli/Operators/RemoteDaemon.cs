using System.Net;
using System.Net.Sockets;
using Sanctum.Cli.CommandLine;
using Sanctum.Client;
using Sanctum.Client.Connections;
using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Operators;

/// <summary>
/// A daemon whose operators' port was named. It is sent nothing before it has proved its name by TLS, with an authority that is trusted here. Without TLS the connection has to
/// end on this machine, and then only tokens go over it: nobody knows which process has that port.
/// </summary>
/// <param name="address">Its port for operators.</param>
/// <param name="tls">Whom to trust.</param>
internal sealed class RemoteDaemon(DaemonAddress address, TlsOptions tls)
{
    /// <summary>The address, where <c>--address</c> is missing.</summary>
    public const string Variable = "SANCTUM_ADMIN_ADDRESS";

    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(10);

    /// <summary>Whether a passphrase may go there.</summary>
    public bool TakesPassphrases => !address.IsPlain;

    /// <summary>Whether a passphrase may be taken there from somebody without a token.</summary>
    public bool IsShownCertificate => !address.IsPlain && tls.Certificate is not null;

    public override string ToString() => address.ToString();

    /// <summary>A client for it.</summary>
    /// <param name="token">The operator's token; null for none.</param>
    /// <param name="patience">How long it may say nothing.</param>
    public AdminClient Open(string? token, TimeSpan patience) => new(new DnsEndPoint(address.Host, address.Port), ConnectAsync, token, patience);

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(LongestConnecting);
        try
        {
            return await (address.IsPlain ? ConnectPlainAsync(late.Token) : ConnectSecurelyAsync(late.Token)).ConfigureAwait(false);
        }
        catch (SocketException failed)
        {
            throw Unreachable(Errors.Unreachable(address, failed).Message, failed);
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unreachable($"the vault's daemon at {address} did not respond within {LongestConnecting.TotalSeconds:0} seconds", silent);
        }
    }

    private async Task<Stream> ConnectSecurelyAsync(CancellationToken cancellationToken)
    {
        var options = new SanctumClientOptions();
        tls.Fill(options);
        try
        {
            return await VaultAddress.OpenAsync(address.Secure, options, cancellationToken).ConfigureAwait(false);
        }
        catch (VaultConnectionException untrusted)
        {
            throw new OperatorException("DAEMON_UNTRUSTED", untrusted.Message, untrusted.Suggestion, untrusted);
        }
    }

    // A name could lead elsewhere, whatever it says.
    private async Task<Stream> ConnectPlainAsync(CancellationToken cancellationToken)
    {
        var socket = await VaultAddress.ConnectAsync(address.EndPoint, daemon: null, cancellationToken).ConfigureAwait(false);
        if (socket.RemoteEndPoint is IPEndPoint { Address: var reached } && IPAddress.IsLoopback(reached.IsIPv4MappedToIPv6 ? reached.MapToIPv4() : reached))
        {
            return new NetworkStream(socket, ownsSocket: true);
        }

        socket.Dispose();
        throw new OperatorException("DAEMON_UNTRUSTED", $"{address} leads to another machine; nothing was sent", "leave out http://: other machines are reached by TLS alone");
    }

    private static OperatorException Unreachable(string message, Exception cause) => new(
        "DAEMON_UNREACHABLE", message, "check the address, and that the daemon there has a port for operators: 'listeners.http' in its config.json, or --http HOST:PORT", cause);
}
