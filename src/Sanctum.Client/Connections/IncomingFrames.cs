using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sanctum.Protocol.Framing;

namespace Sanctum.Client.Connections;

/// <summary>
/// Receives frames until the stream ends. Replies carry secrets, so every received byte is zeroed as soon as it has been
/// read. This covers the copy and the pipe's buffers, which return to a pool that the whole process shares.
/// </summary>
internal static class IncomingFrames
{
    /// <returns>Why there are no more.</returns>
    public static async Task<Exception> ReadAllAsync(Stream stream, Action<ReadOnlyMemory<byte>> deliver)
    {
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var received = await pipe.ReadAsync().ConfigureAwait(false);
                var rest = TakeAll(received.Buffer, deliver);
                if (received.IsCompleted)
                {
                    Wipe(rest);
                    return new EndOfStreamException(rest.IsEmpty
                        ? "the daemon closed the connection"
                        : "the daemon closed the connection in the middle of a frame");
                }

                pipe.AdvanceTo(rest.Start, rest.End);
            }
        }
        catch (Exception lost) when (lost is IOException or ObjectDisposedException)
        {
            return lost;
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static ReadOnlySequence<byte> TakeAll(ReadOnlySequence<byte> received, Action<ReadOnlyMemory<byte>> deliver)
    {
        var rest = received;
        try
        {
            while (FrameReader.TryRead(ref rest, FrameLimits.Reply, out var payload))
            {
                Deliver(payload, deliver);
            }

            return rest;
        }
        catch
        {
            Wipe(received);
            throw;
        }
    }

    private static void Deliver(ReadOnlySequence<byte> payload, Action<ReadOnlyMemory<byte>> deliver)
    {
        var copy = GC.AllocateUninitializedArray<byte>((int)payload.Length, pinned: true);
        try
        {
            payload.CopyTo(copy);
            deliver(copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
            Wipe(payload);
        }
    }

    // The reader owns what it has received until it advances, so writing to it is allowed; the type only says that few need to.
    private static void Wipe(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(segment).Span);
        }
    }
}
