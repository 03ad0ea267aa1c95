using System.Buffers;
using Sanctum.Egress.Receiving;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress;

/// <summary>
/// The body of a request that is sent while it is read, and searched before a byte of it leaves: for what the agent may not send, such as the secret itself.
/// What may yet become it is held back, to the end of its message at the most.
/// </summary>
/// <param name="content">Read once, by whoever sends it.</param>
/// <param name="length">How long it is, in bytes; null when nobody knows.</param>
/// <param name="searches">What is searched for, and what is thrown where it is found.</param>
/// <param name="ends">Where a message ends in it.</param>
/// <param name="onProgress">Told whenever something was read.</param>
internal sealed class StreamedBody(Stream content, long? length, IReadOnlyList<(Needles Needles, Func<VaultException> Refusal)> searches, MessageEnds ends, Action onProgress)
{
    private const int ChunkSize = 32 * 1024;

    // A length that nobody could send must not keep a processor.
    private const long LongestFiller = 64L * 1024 * 1024 * 1024;
    private static readonly byte[] Filler = new byte[1024 * 1024];

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <summary>How long it is, in bytes; null when nobody knows.</summary>
    public long? Length => length;

    /// <summary>Whether it has begun to be read, so that it can't be sent again.</summary>
    public bool IsTaken => Volatile.Read(ref _taken) != 0;

    /// <summary>What is wrong with it: what was found in it that the agent may not send, or that it can't be searched. Null so far as nothing is.</summary>
    public VaultException? Refusal { get; private set; }

    /// <summary>Stops reading it. When this is done, nothing reads it any more.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            await _stopped.Task.ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    /// <summary>Reads it to its end, or until the service refuses it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="isRefused">Ends when the service has begun to respond; then says whether it refuses the request, and nothing of what is written is sent any more. Null where that is not looked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">Something is in it that may not be sent. All that has been written is what came before.</exception>
    public async Task CopyToAsync(Stream output, Func<Task<bool>>? isRefused, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            throw new InvalidOperationException("a request's body was to be read twice");
        }

        using var going = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            await SendAsync(output, isRefused ?? NeverAsync, going.Token).ConfigureAwait(false);
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    private static Task<bool> NeverAsync() => Task.FromResult(false);

    private async Task SendAsync(Stream output, Func<Task<bool>> isRefused, CancellationToken cancellationToken)
    {
        // The head leaves at once: a service may respond to it, and somebody may wait for that before sending on.
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var refused = isRefused();
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        using var search = new OutgoingSearch(searches);
        var (written, turn) = (0L, new ThreadTurn());
        try
        {
            for (int? count = 1; count > 0;)
            {
                count = await turn.NextAsync(ReadAsync(chunk, refused, reading)).ConfigureAwait(false);
                onProgress();
                if (count is not { } got)
                {
                    await FillAsync(output, written, cancellationToken).ConfigureAwait(false);
                    return;
                }

                var certain = Search(search, chunk.AsSpan(0, got));
                if (certain.Length > 0)
                {
                    await output.WriteAsync(certain, cancellationToken).ConfigureAwait(false);
                    await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                    written += certain.Length;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
    }

    // Null when the service refuses the request, so that nobody waits for the rest of it.
    private async ValueTask<int?> ReadAsync(byte[] chunk, Task<bool> refused, CancellationTokenSource reading)
    {
        var next = content.ReadAsync(chunk.AsMemory(0, ChunkSize), reading.Token);
        if (next.IsCompleted && !refused.IsCompleted)
        {
            return await next.ConfigureAwait(false);
        }

        var read = next.AsTask();
        await Task.WhenAny(read, refused).ConfigureAwait(false);
        if (!refused.IsCompletedSuccessfully || !await refused.ConfigureAwait(false))
        {
            return await read.ConfigureAwait(false);
        }

        // The buffer is the reader's until it has stopped.
        await reading.CancelAsync().ConfigureAwait(false);
        await ((Task)read).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return null;
    }

    // The client insists on the length that was told. What it writes goes nowhere any more.
    private async Task FillAsync(Stream output, long written, CancellationToken cancellationToken)
    {
        var left = (length ?? written) - written;
        if (left > LongestFiller)
        {
            throw new IOException("the service refused the request before it had the body, which is too long to be left out");
        }

        for (; left > 0; left -= Filler.Length)
        {
            await output.WriteAsync(Filler.AsMemory(0, (int)Math.Min(left, Filler.Length)), cancellationToken).ConfigureAwait(false);
        }
    }

    // Whoever sent a message may wait for a response before the next one: where it ends, nothing is held.
    private ReadOnlyMemory<byte> Search(OutgoingSearch search, ReadOnlySpan<byte> piece)
    {
        try
        {
            return search.Pass(piece, isLast: piece.IsEmpty || ends.EndsWith(piece));
        }
        catch (VaultException refusal)
        {
            Refusal = refusal;
            throw;
        }
    }
}
