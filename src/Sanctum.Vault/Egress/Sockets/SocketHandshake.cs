using System.Net.Http;
using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Egress.Sockets;

/// <summary>Asks a service for a WebSocket over HTTP/1.1, and reads whether it agreed (RFC 6455, section 4). It offers no extension: compressed messages can't be searched.</summary>
/// <param name="offered">The subprotocols that the agent offers, in its order.</param>
internal sealed class SocketHandshake(IReadOnlyList<string> offered)
{
    /// <summary>The headers of the handshake that are the vault's: what an agent sent of them was for the way in.</summary>
    public static readonly IReadOnlyList<string> Own = ["Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept"];

    private const string ProtocolHeader = "Sec-WebSocket-Protocol";
    private const string Salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    /// <summary>Reads what subprotocols a request offers.</summary>
    public static SocketHandshake Of(IEnumerable<KeyValuePair<string, string>> headers) => new(
        [.. headers.Where(header => header.Key.Equals(ProtocolHeader, StringComparison.OrdinalIgnoreCase))
            .SelectMany(header => header.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))]);

    /// <summary>The handshake's headers.</summary>
    public IEnumerable<KeyValuePair<string, string>> Headers =>
    [
        new("Connection", "Upgrade"), new("Upgrade", "websocket"), new("Sec-WebSocket-Version", "13"), new("Sec-WebSocket-Key", _key),
    ];

    /// <summary>Reads a response with the status 101.</summary>
    /// <returns>The subprotocol that the service chose; null for none.</returns>
    /// <exception cref="VaultException">It agreed to something else; upstream failed.</exception>
    public string? Accept(HttpResponseMessage response)
    {
        if (!Single(response, "Upgrade").Equals("websocket", StringComparison.OrdinalIgnoreCase) || Single(response, "Sec-WebSocket-Accept") != AcceptOf(_key))
        {
            throw Errors.SocketHandshakeFailed("the service's response is no WebSocket handshake");
        }

        if (response.Headers.NonValidated.Contains("Sec-WebSocket-Extensions"))
        {
            throw Errors.SocketHandshakeFailed("the service uses a WebSocket extension, and none was offered");
        }

        var chosen = Single(response, ProtocolHeader);
        return chosen.Length == 0 ? null
            : offered.Contains(chosen, StringComparer.Ordinal) ? chosen
            : throw Errors.SocketHandshakeFailed("the service chose a WebSocket subprotocol that was not offered");
    }

    // RFC 6455 asks for SHA-1 here, to tell a server of WebSockets from one that echoes: nothing is kept secret by it.
    private static string AcceptOf(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Salt)));

    private static string Single(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : "";
}
