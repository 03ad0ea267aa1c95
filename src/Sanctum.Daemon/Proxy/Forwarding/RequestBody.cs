using System.Buffers;
using System.IO.Pipelines;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>
/// A request's body on its way to the host. Reading it can be stopped without harm to the connection, which a token can't: Kestrel resets the connection then.
/// A host may respond before it has read all of it.
/// </summary>
/// <param name="body">What Kestrel reads it from.</param>
internal sealed class RequestBody(PipeReader body) : Stream
{
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _stopped;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using var cancelled = cancellationToken.UnsafeRegister(static it => ((PipeReader)it!).CancelPendingRead(), body).ConfigureAwait(false);
            return await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    /// <summary>Nothing reads it any more once this is done.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        if (!await _one.WaitAsync(0, CancellationToken.None).ConfigureAwait(false))
        {
            body.CancelPendingRead();
            await _one.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        _one.Release();
    }

    protected override void Dispose(bool disposing)
    {
        // It is read again by nobody, and a semaphore that was never waited for holds nothing.
        _stopped = true;
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_stopped)
        {
            throw new OperationCanceledException("the request's body is not read any more");
        }

        var read = await body.ReadAsync(CancellationToken.None).ConfigureAwait(false);
        var count = (int)Math.Min(read.Buffer.Length, buffer.Length);
        var taken = read.Buffer.Slice(0, count);
        try
        {
            taken.CopyTo(buffer.Span);
        }
        finally
        {
            body.AdvanceTo(taken.End);
        }

        if (count == 0 && read.IsCanceled)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new OperationCanceledException("the request's body is not read any more");
        }

        return count;
    }
}
