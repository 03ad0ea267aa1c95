using System.Net.Sockets;

namespace Sanctum.Egress.Connections;

/// <summary>
/// A connection's bytes as they are on the wire, below TLS. Knows whether something has arrived that nobody has read yet, and whether the
/// other side has ended, which the layers above do not tell.
/// </summary>
/// <remarks>
/// While no request is on its way the stream is held: nothing is taken off the socket, so that what arrives in that time can be seen for
/// what it is, unasked, and is never read as the response to a request that is sent later.
/// </remarks>
internal sealed class WireStream(Socket socket) : Stream
{
    private readonly NetworkStream _inner = new(socket, ownsSocket: true);
    private TaskCompletionSource? _held;

    /// <summary>Whether the other side has ended its half of the connection, as far as it was read.</summary>
    public bool SawEnd { get; private set; }

    /// <summary>Whether what has arrived may be read although the stream is held.</summary>
    public bool IsProbed { get; set; }

    /// <summary>Whether something waits to be read: bytes, the end or an error.</summary>
    public bool HasArrived
    {
        get
        {
            try
            {
                return socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
            }
            catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
            {
                return true;
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Lets no read through any more.</summary>
    public void Hold() => Volatile.Write(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Lets all reads through, those too that wait.</summary>
    public void Release()
    {
        IsProbed = false;
        Interlocked.Exchange(ref _held, null)?.SetResult();
    }

    /// <summary>Ends when something has arrived, without reading it, or when the connection is closed.</summary>
    public async Task ArrivalAsync()
    {
        try
        {
            // An empty receive can end for what was read before it began, so what it says is looked at.
            do
            {
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None).ConfigureAwait(false);
            }
            while (!HasArrived);
        }
        catch (Exception closed) when (closed is ObjectDisposedException or SocketException or OperationCanceledException)
        {
            // Closed, by either side: that is what is waited for, too.
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Volatile.Read(ref _held) is not { } held || (IsProbed && HasArrived)
            ? ReceiveAsync(buffer, cancellationToken)
            : ReceiveWhenReleasedAsync(held, buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            Release();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveWhenReleasedAsync(TaskCompletionSource held, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await held.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var count = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        SawEnd |= count == 0 && !buffer.IsEmpty;
        return count;
    }
}
