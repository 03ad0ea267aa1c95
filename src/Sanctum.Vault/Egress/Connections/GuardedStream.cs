using System.Net.Security;
using System.Runtime.CompilerServices;

namespace Sanctum.Egress.Connections;

/// <summary>
/// What .NET's client reads and writes: a connection's bytes inside TLS. Over HTTP/1.1 a response is told from what came unasked only by the
/// order in which things happen, so that order is watched here. Over HTTP/2 every stream has a number, and bytes just pass, but for what would have to be
/// acknowledged without end.
/// </summary>
/// <param name="plain">Inside TLS where there is TLS; otherwise the wire itself.</param>
/// <param name="wire">The wire.</param>
/// <param name="ordered">Whether order is all that tells responses apart: HTTP/1.1.</param>
internal sealed class GuardedStream(Stream plain, WireStream wire, bool ordered) : Stream
{
    private readonly Unacknowledged? _unacknowledged = ordered ? null : new();
    private bool _used;
    private bool _closed;
    private bool _unheard;
    private Task<int>? _probe;
    private EarlyResponse? _early;
    private int _reads;

    /// <summary>Whether a request has begun to be written since <see cref="Rest"/>.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>How many bytes have been received.</summary>
    public long Received { get; private set; }

    /// <summary>Whether the other side has ended or broken the connection, as far as it was read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether this side has closed it.</summary>
    public bool IsClosed => Volatile.Read(ref _closed);

    /// <summary>Whether nothing more of the request is sent: a write failed, or the service has refused it.</summary>
    public bool IsUnheard => _unheard;

    /// <summary>Called once when it is closed.</summary>
    public Action? Closed { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>To be called when a body is about to be sent. Ends when the service has begun to respond before it had all of it.</summary>
    /// <returns>Whether it refuses the request: from then on nothing is sent any more, whatever is written, and the connection serves no other.</returns>
    public async Task<bool> IsRefusedAsync()
    {
        if (!ordered)
        {
            return false;
        }

        // Two can't read within TLS at once: an empty read that is under way ends when there is something, too.
        _early = new EarlyResponse(plain, _probe ?? wire.ArrivalAsync(), isClientReading: Volatile.Read(ref _reads) > 0);
        return _unheard |= await _early.IsRefusalAsync().ConfigureAwait(false);
    }

    /// <summary>No request is on its way from now until the next one is written.</summary>
    public void Rest()
    {
        if (ordered)
        {
            IsAsked = false;
            wire.Hold();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _reads);
        try
        {
            return await ReadOnceAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _reads);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_probe is { } probe)
        {
            // An empty read: it took nothing, and ends when something is there.
            await probe.WaitAsync(cancellationToken).ConfigureAwait(false);
            _probe = null;
        }
        else if (ordered && !IsAsked && wire.HasArrived)
        {
            throw new UnaskedException();
        }

        try
        {
            if (_early is { } early)
            {
                await early.YieldAsync(cancellationToken).ConfigureAwait(false);
            }

            var count = _early is { HasMore: true } begun ? begun.Take(buffer.Span) : await plain.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _early?.Passed(buffer.Span[..count]);
            _unacknowledged?.Read(buffer.Span[..count]);
            Received += count;
            HasEnded |= count == 0 && !buffer.IsEmpty;
            return count > 0 || buffer.IsEmpty || !(plain is SslStream && wire.SawEnd) ? count
                : throw new TruncatedException();
        }
        catch (IOException)
        {
            HasEnded |= !IsClosed;
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <exception cref="UnaskedException">Something came before it, so what comes after it could be taken for its response.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!IsAsked)
        {
            Ask();
        }

        return ordered ? WriteWhileHeardAsync(buffer, cancellationToken) : WriteFramesAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _unheard ? Task.CompletedTask : plain.FlushAsync(cancellationToken);

    public override void Flush() => plain.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !Interlocked.Exchange(ref _closed, true))
        {
            plain.Dispose();
            wire.Dispose();
            Closed?.Invoke();
        }

        base.Dispose(disposing);
    }

    // A service that refuses a body (413) may respond and close before it has read all of it. What it said is on this side then, or an end is; reading tells
    // which (RFC 9112, section 9.5). The client would not read after a write that failed.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteWhileHeardAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_unheard)
        {
            return;
        }

        try
        {
            await plain.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException) when (!IsClosed)
        {
            _unheard = true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteFramesAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await plain.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        _unacknowledged!.Written();
    }

    // Checked as late as can be: between here and the write lies nothing that waits.
    private void Ask()
    {
        if (ordered && wire.HasArrived && (_used || plain is not SslStream || !OnlyTlsArrived()))
        {
            throw new UnaskedException();
        }

        (IsAsked, _used) = (true, true);
        wire.Release();
    }

    // After its handshake TLS 1.3 sends session tickets, which are nobody's response (RFC 8446, section 4.6.1). An empty read makes TLS take
    // in what has arrived; it ends when there is more than that.
    private bool OnlyTlsArrived()
    {
        wire.IsProbed = true;
        _probe = plain.ReadAsync(Memory<byte>.Empty).AsTask();
        return !_probe.IsCompleted;
    }
}

/// <summary>A connection ended without TLS's close_notify, so what came on it may be truncated.</summary>
internal sealed class TruncatedException() : IOException("the connection ended without TLS's close_notify");

/// <summary>Something arrived on an HTTP/1.1 connection while no request was on its way; the one that was to be sent was not.</summary>
internal sealed class UnaskedException() : IOException("data arrived that was not requested");
