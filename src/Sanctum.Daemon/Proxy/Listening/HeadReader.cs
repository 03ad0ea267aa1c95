using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Proxy.Listening;

/// <summary>Looks at what a client sends before anybody has decided what it is.</summary>
internal static class HeadReader
{
    private static ReadOnlySpan<byte> Connect => "CONNECT "u8;

    private static ReadOnlySpan<byte> EndOfHead => "\r\n\r\n"u8;

    /// <summary>Reads the head of a CONNECT request.</summary>
    /// <returns>Null when it is another request, of which nothing has been taken; or when the client has left.</returns>
    /// <exception cref="BadHttpRequestException">It is malformed, or too long.</exception>
    public static async ValueTask<ConnectHead?> ReadConnectAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            if (!MayBeConnect(buffer, out var isWhole) || (read.IsCompleted && !isWhole))
            {
                input.AdvanceTo(buffer.Start);
                return null;
            }

            if (isWhole && EndOf(buffer.Slice(0, Math.Min(buffer.Length, ConnectHead.Longest))) is { } end)
            {
                try
                {
                    return ConnectHead.Parse(buffer.Slice(0, end));
                }
                finally
                {
                    // What comes behind it in the same packet is the tunnel's.
                    input.AdvanceTo(end);
                }
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (buffer.Length >= ConnectHead.Longest)
            {
                throw new BadHttpRequestException("the head of the CONNECT request is too long", StatusCodes.Status431RequestHeaderFieldsTooLarge);
            }

            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>Looks at the first byte in a tunnel.</summary>
    /// <returns>Null when the client left without one.</returns>
    public static async ValueTask<byte?> PeekAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            if (first is not null || read.IsCompleted)
            {
                return first;
            }
        }
    }

    private static bool MayBeConnect(ReadOnlySequence<byte> buffer, out bool isWhole)
    {
        Span<byte> first = stackalloc byte[Connect.Length];
        var length = (int)Math.Min(buffer.Length, first.Length);
        buffer.Slice(0, length).CopyTo(first);
        isWhole = length == Connect.Length;
        return first[..length].SequenceEqual(Connect[..length]);
    }

    private static SequencePosition? EndOf(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        return reader.TryReadTo(out ReadOnlySequence<byte> _, EndOfHead) ? reader.Position : null;
    }
}
