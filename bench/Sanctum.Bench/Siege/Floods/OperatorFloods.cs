using System.Net.Sockets;
using System.Text;

namespace Sanctum.Bench.Siege.Floods;

/// <summary>The operators' socket, by one who has no passphrase.</summary>
internal static class OperatorFloods
{
    private const int MiB = 1024 * 1024;

    public static readonly IReadOnlyList<Flood> All =
    [
        new("logins", "64 connections that log in with passphrases of 2 MiB", (field, end) => AskAsync(field, 64, "/v1/login", 2 * MiB, end)),
        new("guesses", "eight connections that guess the passphrase", (field, end) => AskAsync(field, 8, "/v1/login", 0, end)),
        new("bodies64", "twenty connections that send bodies of 64 MiB and read nothing", (field, end) => AskAsync(field, 20, "/v1/credentials/store", 64 * MiB, end)),
        new("operators", "600 connections to the operators' socket that say nothing", HoldAsync),
    ];

    private static Task HoldAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(600, async _ =>
    {
        using var socket = await AgentWire.OpenAsync(field.AdminSocket);
        await Besieger.DrainAsync(socket, end);
    }, end);

    private static async Task AskAsync(SiegeField field, int connections, string route, int size, CancellationToken end)
    {
        var guess = Convert.ToBase64String(Encoding.UTF8.GetBytes("not the passphrase" + new string('x', size * 3 / 4)));
        var body = Encoding.UTF8.GetBytes($$"""{"passphrase":"{{guess}}"}""");
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes($"POST {route} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"),
            .. body,
        ];
        await Besieger.ManyAsync(connections, async _ =>
        {
            using var socket = await AgentWire.OpenAsync(field.AdminSocket);
            using var stop = end.Register(() => socket.Close());
            await AgentWire.SendAllAsync(socket, request, end);
            var received = new byte[4096];
            await socket.ReceiveAsync(received, end);
        }, end);
    }
}
