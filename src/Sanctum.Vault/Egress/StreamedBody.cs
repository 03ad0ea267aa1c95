using System.Buffers;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress;

/// <summary>
/// The body of a request that is sent while it is read, and searched before a byte of it leaves: for what the agent may not send, such as the secret itself.
/// What may yet become it is held back.
/// </summary>
/// <param name="content">Read once, by whoever sends it.</param>
/// <param name="length">How long it is, in bytes; null when nobody knows.</param>
/// <param name="searches">What is searched for, and what is thrown where it is found.</param>
/// <param name="onProgress">Told whenever something was read.</param>
internal sealed class StreamedBody(Stream content, long? length, IReadOnlyList<(Needles Needles, Func<VaultException> Refusal)> searches, Action onProgress)
{
    private const int ChunkSize = 32 * 1024;

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <summary>How long it is, in bytes; null when nobody knows.</summary>
    public long? Length => length;

    /// <summary>Whether it has begun to be read, so that it can't be sent again.</summary>
    public bool IsTaken => Volatile.Read(ref _taken) != 0;

    /// <summary>What was found in it that the agent may not send; null so far as nothing was.</summary>
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

    /// <summary>Reads it to its end.</summary>
    /// <exception cref="VaultException">Something is in it that may not be sent. All that has been written is what came before.</exception>
    public async Task CopyToAsync(Stream output, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            throw new InvalidOperationException("a request's body was to be read twice");
        }

        using var going = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            await SendAsync(output, going.Token).ConfigureAwait(false);
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    private async Task SendAsync(Stream output, CancellationToken cancellationToken)
    {
        // The head leaves at once: a service may respond to it, and somebody may wait for that before sending on.
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkSize);
        using var search = new OutgoingSearch(searches);
        try
        {
            for (var count = 1; count > 0;)
            {
                count = await content.ReadAsync(chunk.AsMemory(0, ChunkSize), cancellationToken).ConfigureAwait(false);
                onProgress();
                var certain = Search(search, chunk.AsSpan(0, count), isLast: count == 0);
                if (certain.Length > 0)
                {
                    await output.WriteAsync(certain, cancellationToken).ConfigureAwait(false);
                    await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
    }

    private ReadOnlyMemory<byte> Search(OutgoingSearch search, ReadOnlySpan<byte> piece, bool isLast)
    {
        try
        {
            return search.Pass(piece, isLast);
        }
        catch (VaultException refusal)
        {
            Refusal = refusal;
            throw;
        }
    }
}
