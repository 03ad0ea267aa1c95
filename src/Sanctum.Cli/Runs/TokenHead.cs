using System.Net.Sockets;
using System.Text;

namespace Sanctum.Cli.Runs;

/// <summary>
/// Adds the run's token to the first request of a connection, for programs that can't send one: Java. The port is for this user's processes alone, which can
/// read the token in the environment anyway.
/// </summary>
/// <param name="token">The token.</param>
internal sealed class TokenHead(string token)
{
    // As the daemon has it.
    internal const int Longest = 16 * 1024;

    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    /// <summary>The header's value that has a token.</summary>
    public static string Basic(string token) => $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{RunPlaces.User}:{token}"))}";

    /// <summary>Passes on the first bytes, with the token in them.</summary>
    /// <returns>False for a connection that comes from somebody else, or begins with no request.</returns>
    public async Task<bool> BeginAsync(Socket client, Socket daemon, CancellationToken cancellationToken)
    {
        if (!OwnConnection.Is(client))
        {
            return false;
        }

        var head = new byte[Longest];
        var length = 0;
        int line;
        while ((line = head.AsSpan(0, length).IndexOf(LineEnd)) < 0)
        {
            var read = length < head.Length ? await client.ReceiveAsync(head.AsMemory(length), SocketFlags.None, cancellationToken).ConfigureAwait(false) : 0;
            if (read == 0)
            {
                return false;
            }

            length += read;
        }

        var isTunnel = head.AsSpan(0, line).StartsWith("CONNECT "u8);

        // Outside of a tunnel each request needs it, and only the first one gets it: so there is no second one.
        var added = Encoding.ASCII.GetBytes($"\r\nProxy-Authorization: {Basic(token)}{(isTunnel ? "" : "\r\nConnection: close")}");
        byte[] all = [.. head.AsSpan(0, line), .. added, .. head.AsSpan(line, length - line)];
        for (var sent = 0; sent < all.Length;)
        {
            sent += await daemon.SendAsync(all.AsMemory(sent), SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }
}
