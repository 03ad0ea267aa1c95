using System.IO.Pipelines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Sanctum.Protocol.Framing;

namespace Sanctum.Bench;

/// <summary>The ceiling: the same kind of listener, which sends back every frame as it came.</summary>
internal static class EchoServer
{
    public static async Task RunAsync(string socket)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(socket, listen => listen.Run(EchoAsync)));
        await using var app = builder.Build();
        await app.StartAsync();

        // Whoever started this closes its input to end it.
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var result = await input.ReadAsync();
            var received = result.Buffer;
            while (FrameReader.TryRead(ref received, FrameLimits.Request, out var payload))
            {
                Span<byte> prefix = output.GetSpan(FrameLimits.Prefix);
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prefix, (int)payload.Length);
                output.Advance(FrameLimits.Prefix);
                foreach (var part in payload)
                {
                    output.Write(part.Span);
                }
            }

            input.AdvanceTo(received.Start, received.End);
            await output.FlushAsync();
            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private static void Write(this PipeWriter output, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }
}
