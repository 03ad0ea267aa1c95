using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Sanctum.Protocol;

namespace Sanctum.Bench.Siege.Floods;

/// <summary>Places, and the way to them.</summary>
internal static class ConnectionFloods
{
    public static readonly IReadOnlyList<Flood> All =
    [
        new("silent", "400 connections over TCP and 200 over the Unix socket that say nothing", SilentAsync),
        new("crowd", "1,100 connections of one agent, all signed in", CrowdAsync),
        new("signatures", "wrong signatures from all over 127.0.0.0/8 and the Unix socket", SignaturesAsync),
        new("comings", "connections that are closed as soon as they are open", ComingsAsync),
    ];

    private static Task SilentAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(600, async number =>
    {
        using var socket = number % 3 == 0 ? await AgentWire.OpenAsync(field.Socket) : await field.ConnectOverTcpAsync();
        await Besieger.DrainAsync(socket, end);
    }, end);

    private static Task CrowdAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(1100, async number =>
    {
        using var socket = number % 2 == 0 ? await field.SignInAsync(SiegeField.Stranger) : await field.SignInOverTcpAsync(SiegeField.Stranger);
        await Besieger.DrainAsync(socket, end);
    }, end);

    private static Task SignaturesAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(16, async number =>
    {
        byte[] octets = RandomNumberGenerator.GetBytes(3);
        using var socket = number == 0
            ? await AgentWire.OpenAsync(field.Socket)
            : await field.ConnectOverTcpAsync(new IPAddress([127, octets[0], octets[1], (byte)(octets[2] | 1)]));
        using var stop = end.Register(() => socket.Close());
        while (!end.IsCancellationRequested)
        {
            try
            {
                await AgentWire.TrySignInAsync(socket, SiegeField.Healthy, new byte[64]);
            }
            catch (RpcException)
            {
                // Wrong, and told so: the next one.
            }
        }
    }, end);

    private static Task ComingsAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(16, async number =>
    {
        using var socket = number % 2 == 0 ? await AgentWire.OpenAsync(field.Socket) : await field.ConnectOverTcpAsync();
    }, end);
}
