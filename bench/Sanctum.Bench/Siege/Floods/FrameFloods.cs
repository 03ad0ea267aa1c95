using System.Buffers.Binary;

namespace Sanctum.Bench.Siege.Floods;

/// <summary>Frames that cost the reader more than the sender. The agent has no grant at all.</summary>
internal static class FrameFloods
{
    private const int MiB = 1024 * 1024;

    public static readonly IReadOnlyList<Flood> All =
    [
        new("names", "eight connections, calls with a member's name of 3 and of 15 MiB", NamesAsync),
        new("frames", "24 connections that hold back the end of 16 MiB, 96 that hold back the end of 4", FramesAsync),
        new("numbers", "eight connections, parameters of two and of eight million numbers", NumbersAsync),
        new("escapes", "eight connections, a string of 3 MiB of escapes, and a number of 3 MiB", EscapesAsync),
        new("depth", "eight connections, deep and wide objects", DepthAsync),
    ];

    private static Task NamesAsync(SiegeField field, CancellationToken end) => SendAsync(
        field,
        AgentWire.CallFrame("list", "{\"" + new string('n', 15 * MiB) + "\":1}"),
        AgentWire.CallFrame("list", "{\"" + new string('n', 3 * MiB) + "\":1}"),
        end);

    private static Task NumbersAsync(SiegeField field, CancellationToken end) => SendAsync(field, Sign("[" + Zeros(8_000_000) + "0]"), Sign("[" + Zeros(1_900_000) + "0]"), end);

    private static Task EscapesAsync(SiegeField field, CancellationToken end) => SendAsync(
        field, Sign("\"" + string.Concat(Enumerable.Repeat("\\u0041", 500_000)) + "\""), Sign("1" + new string('0', 3 * MiB)), end);

    private static Task DepthAsync(SiegeField field, CancellationToken end) => SendAsync(
        field,
        Sign(string.Concat(Enumerable.Repeat("{\"a\":", 58)) + "1" + new string('}', 58)),
        AgentWire.UseFrame(SiegeField.HmacKey, "http_request", "{\"headers\":{" + string.Join(',', Enumerable.Range(0, 200_000).Select(n => $"\"h{n}\":\"\"")) + "}}"),
        end);

    private static byte[] Sign(string data) => AgentWire.UseFrame(SiegeField.HmacKey, "sign", "{\"data\":" + data + "}");

    private static Task FramesAsync(SiegeField field, CancellationToken end) => Besieger.ManyAsync(120, async number =>
    {
        using var socket = await field.SignInAsync(SiegeField.Stranger);
        var (claimed, sent) = number % 5 == 0 ? (16 * MiB, 15 * MiB) : ((4 * MiB) - 1024, 3 * MiB);
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, claimed);
        await socket.SendAsync(prefix, end);
        await AgentWire.SendAllAsync(socket, new byte[sent], end);
        await Besieger.DrainAsync(socket, end);
    }, end);

    private static Task SendAsync(SiegeField field, byte[] first, byte[] second, CancellationToken end) => Besieger.ManyAsync(8, async number =>
    {
        using var socket = await field.SignInAsync(SiegeField.Stranger);
        using var stop = end.Register(() => socket.Close());
        while (!end.IsCancellationRequested)
        {
            await AgentWire.SendAllAsync(socket, number % 2 == 0 ? first : second, end);
            await AgentWire.SkipReplyAsync(socket, end);
        }
    }, end);

    private static string Zeros(int count) => string.Create(count * 2, 0, (text, _) =>
    {
        for (var i = 0; i < text.Length; i += 2)
        {
            (text[i], text[i + 1]) = ('0', ',');
        }
    });
}
