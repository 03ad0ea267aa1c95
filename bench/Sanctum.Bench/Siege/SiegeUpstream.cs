using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sanctum.Bench.Siege;

/// <summary>The service beside the vault. It reads nothing, says nothing, or says what costs the reader most.</summary>
internal static class SiegeUpstream
{
    private const int Window = 24;

    /// <param name="portFile">Where to say which port it is.</param>
    public static async Task RunAsync(string portFile)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(1024);
        await File.WriteAllTextAsync(portFile + ".new", ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        File.Move(portFile + ".new", portFile);
        var over = Console.In.ReadToEndAsync();
        _ = AcceptAsync(listener);
        await over;
    }

    private static async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            var client = await listener.AcceptTcpClientAsync();
            _ = Task.Run(() => ServeAsync(client));
        }
    }

    private static async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var head = new byte[2048];
                var read = await stream.ReadAsync(head);
                var target = Encoding.ASCII.GetString(head, 0, read).Split(' ', 3) is [_, var path, _] ? path : "/";
                await RespondAsync(stream, target);
            }
            catch (IOException)
            {
                // The vault gave it up, as it should.
            }
        }
    }

    private static async Task RespondAsync(NetworkStream stream, string target)
    {
        switch (target)
        {
            case "/gzip-name":
                await SendAsync(stream, "gzip, br", GzipWithALongName(), whole: true);
                break;
            case "/brotli-window":
                await SendAsync(stream, "br", BrotliWithALargeWindow(), whole: false);
                break;
            case "/zstd-window":
                await SendAsync(stream, "zstd", ZstdWithALargeWindow(), whole: false);
                break;
        }

        // "/silent" and all others: neither the rest of the request is read nor anything said, until the vault gives up.
        await Task.Delay(TimeSpan.FromMinutes(10));
    }

    private static async Task SendAsync(NetworkStream stream, string coding, byte[] body, bool whole)
    {
        var length = whole ? body.Length : 1_000_000;
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"));
        await stream.WriteAsync(body);
    }

    // RFC 1952, section 2.3: flag FNAME, then a name that ends with a zero byte. Brotli makes sixteen MiB of one letter some fifty bytes.
    private static byte[] GzipWithALongName()
    {
        using var made = new MemoryStream();
        using (var brotli = new BrotliStream(made, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255]);
            var name = new byte[16 * 1024 * 1024];
            Array.Fill(name, (byte)'a');
            brotli.Write(name);
            brotli.Write([0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }

        return made.ToArray();
    }

    // Flushed, not ended: a decoder that does not know how much is to come makes its whole window of sixteen MiB.
    private static byte[] BrotliWithALargeWindow()
    {
        using var encoder = new BrotliEncoder(quality: 9, Window);
        var made = new byte[64 * 1024];
        encoder.Compress(Encoding.ASCII.GetBytes(new string('x', 1000)), made, out _, out var written, isFinalBlock: false);
        encoder.Flush(made.AsSpan(written), out var flushed);
        return made[..(written + flushed)];
    }

    // RFC 8878: magic number, a descriptor without a content size, a window of eight MiB, and a raw block that is not the last.
    private static byte[] ZstdWithALargeWindow()
    {
        const int size = 1000;
        byte[] head = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, size << 3 & 0xff, size >> 5, 0];
        return [.. head, .. Encoding.ASCII.GetBytes(new string('x', size))];
    }
}
