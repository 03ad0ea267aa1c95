using System.Data;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <content>Finds out what became of a commit whose reply was lost.</content>
internal sealed partial class Writer
{
    private Tail? _unknown;

    // What an earlier commit left open. Whoever made it was told that it is not known, looks at the head before it goes on, and so is not surprised.
    private async Task ResolveAsync()
    {
        if (_unknown is { } tail)
        {
            _ = await WasWrittenAsync(tail, new IOException("an earlier connection was lost")).ConfigureAwait(false);
        }
        else if (_connection is not { State: ConnectionState.Open })
        {
            await CloseAsync().ConfigureAwait(false);
            using var patience = new CancellationTokenSource(LongestResolving);
            try
            {
                await OpenAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException late)
            {
                throw new TimeoutException("the database took too long", late);
            }
        }
    }

    // The head is free once the database has ended the old connection, and with it what that one was doing: only then it tells.
    private async Task<bool?> WasWrittenAsync(Tail tail, Exception lost)
    {
        using var patience = new CancellationTokenSource(LongestResolving);
        while (true)
        {
            try
            {
                await OpenAsync(patience.Token).ConfigureAwait(false);
                var (changes, last) = await ReadAsync(Changes.Locked, new StorePosition(long.MaxValue, (tail.Segment?.FirstSequence ?? long.MaxValue) - 1), patience.Token).ConfigureAwait(false);
                if (changes.Commit < tail.Expected)
                {
                    // Commits are lost, and this one with them or not: nothing is written to such a database.
                    await RollbackAsync().ConfigureAwait(false);
                    _unknown = null;
                    return null;
                }

                bool? isWritten = changes.Commit == tail.Expected ? false
                    : changes.Commit == tail.Expected + 1 ? last == tail.Batch
                    : tail.Segment is { } segment ? changes.Segments is [var found, ..] && found.FirstSequence == segment.FirstSequence && found.Data.Span.SequenceEqual(segment.Data.Span)
                    : null; // Others have written since, and of a batch without a segment nothing is left to tell by.
                if (changes.Commit == tail.Expected || isWritten == true)
                {
                    await MoveOnAsync(changes.Commit, patience.Token).ConfigureAwait(false);
                    (_commits, _hasHead) = (changes.Commit + 1, false);
                }
                else
                {
                    await RollbackAsync().ConfigureAwait(false); // Others have moved the fence on.
                    _commits = changes.Commit;
                }

                _unknown = null;
                return isWritten;
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException && !patience.IsCancellationRequested)
            {
                await CloseAsync().ConfigureAwait(false);
                await Task.Delay(Pause).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or OperationCanceledException or StoreException { Reason: StoreFailure.NewerVersion })
            {
                await CloseAsync().ConfigureAwait(false);
                throw StoreErrors.Unknown(lost);
            }
        }
    }

    // What was lost may still be on its way: nothing that was made on this head is written once there is another. And what was found may not have reached the
    // standby yet: once a later commit has, it has too.
    private async Task MoveOnAsync(long expected, CancellationToken cancellationToken)
    {
        await using var message = Batches.Empty(expected, Guid.NewGuid());
        message.Connection = _connection;
        await ExecuteAsync(message, Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>What tells whether a batch was written.</summary>
    private sealed record Tail(long Expected, Guid Batch, StoredSegment? Segment);
}
