using System.Net.Sockets;

namespace Sanctum.Client.Tests;

/// <summary>
/// Listens on a real Unix socket and speaks real frames, but answers as the test says: it does what a daemon can't be made
/// to do. Everything it waits for has a deadline.
/// </summary>
public sealed class ScriptedPeer : IDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ScriptedPeer()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _directory.Write("research-agent.key", KeyVector.Research.Plain);
    }

    public string SocketPath => _directory["vault.sock"];

    public SanctumClientOptions Options => new() { SocketPath = SocketPath, KeyDirectory = _directory.Root };

    public async Task<PeerConnection> AcceptAsync() => new(await _listener.AcceptAsync().WaitAsync(Deadline));

    /// <summary>A client that has signed in, and this side of its connection.</summary>
    public async Task<(SanctumClient Client, PeerConnection Connection)> ConnectAsync(SanctumClientOptions? options = null)
    {
        var connecting = SanctumClient.ConnectAsync("research-agent", options ?? Options);
        var connection = await AcceptAsync();
        await connection.SignInAsync("session-1");
        return (await connecting.WaitAsync(Deadline), connection);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }
}
