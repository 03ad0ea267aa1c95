using System.Net;
using System.Net.Sockets;
using Sanctum.Client.Keys;

namespace Sanctum.Bench.Siege;

/// <summary>What a besieger knows of the place: its sockets, the service beside it, and the keys of its own agents.</summary>
/// <param name="Vault">The vault's folder.</param>
/// <param name="TcpPort">Where the daemon listens on loopback.</param>
/// <param name="ServicePort">Where the service listens that <see cref="Service"/> is bound to.</param>
internal sealed record SiegeField(string Vault, int TcpPort, int ServicePort)
{
    /// <summary>An agent that no policy names.</summary>
    public const string Stranger = "stranger";

    /// <summary>An agent that one policy names, and that asks for one list after another: everybody else is measured by it.</summary>
    public const string Healthy = "healthy";

    /// <summary>Agents that may use credentials, and take what they can get.</summary>
    public static readonly IReadOnlyList<string> Greedy = ["greedy-1", "greedy-2", "greedy-3"];

    public const string HmacKey = "siege/hmac";
    public const string RsaKey = "siege/rsa";
    public const string SealingKey = "siege/sealing";
    public const string Service = "siege/service";
    public const string Shared = "siege/shared";

    public string Socket => Path.Join(Vault, "vault.sock");

    public string AdminSocket => Path.Join(Vault, "admin.sock");

    public string Origin => $"http://127.0.0.1:{ServicePort}";

    public AgentKey Key(string agent) => AgentKey.Load(Path.Join(Vault, "keys", $"{agent}.key"));

    public async Task<Socket> SignInAsync(string agent)
    {
        using var key = Key(agent);
        return await AgentWire.SignInAsync(Socket, agent, key);
    }

    public async Task<Socket> SignInOverTcpAsync(string agent)
    {
        using var key = Key(agent);
        return await AgentWire.SignInAsync(new IPEndPoint(IPAddress.Loopback, TcpPort), agent, key);
    }

    public async Task<Socket> ConnectOverTcpAsync(IPAddress? from = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, TcpPort));
        return socket;
    }
}
