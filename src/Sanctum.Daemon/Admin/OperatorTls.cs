using System.Text;
using Microsoft.AspNetCore.Connections;
using Sanctum.Daemon.Hosting.Tls;

namespace Sanctum.Daemon.Admin;

/// <summary>Tells clients of the operators' port why they are not served, before there is HTTP.</summary>
internal static class OperatorTls
{
    // Whoever does not take a refusal does not keep the connection by that.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static async Task RefuseAsync(ConnectionContext connection, TlsFlaw flaw)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(Response(flaw)), patience.Token).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException or OperationCanceledException)
        {
            connection.Abort(new ConnectionAbortedException("the peer did not read the refusal"));
        }
    }

    private static string Response(TlsFlaw flaw)
    {
        var (status, code, message, suggestion) = flaw switch
        {
            TlsFlaw.NotTls => ("400 Bad Request", OperatorErrors.InvalidRequest, "this port requires TLS", "use https://"),
            TlsFlaw.NoCertificate => ("403 Forbidden", OperatorErrors.AuthFailed, "this port requires a client certificate", "show one that an authority in 'tls.client_ca_file' has signed"),
            _ => ("403 Forbidden", OperatorErrors.AuthFailed, "the client certificate is not trusted, or has expired", "show one that an authority in 'tls.client_ca_file' has signed"),
        };
        var body = $$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}","suggestion":"{{{suggestion}}}"}}""";
        return $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
    }
}
