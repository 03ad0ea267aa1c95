using System.Runtime.CompilerServices;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>The operator's eye on what happened.</summary>
public sealed class AuditLog
{
    private readonly Vault _vault;

    internal AuditLog(Vault vault) => _vault = vault;

    /// <summary>What can stand in an entry as its action, such as <c>use</c> or <c>credential.store</c>, in ordinal order.</summary>
    public static IReadOnlyCollection<string> Actions => AuditActions.All;

    /// <summary>The entries that a query asks for, in order of sequence. Where part of the log is damaged, all others come first, and then the exception that names it.</summary>
    /// <exception cref="VaultException">The query asks for an action that there is none of, or for fewer than one entry; or an entry does not open or can't be read (<see cref="VaultErrorCode.Damaged"/>); the vault is sealed.</exception>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        Operator by, AuditQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var filter = new AuditFilter(query ?? new AuditQuery());
        var unreadable = new UnreadableRows();
        var snapshot = await _vault.InsideAsync(by, vault => vault.SnapshotAsync(cancellationToken)).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            if (filter.Last is { } last)
            {
                foreach (var entry in await LastAsync(by, snapshot, filter, last, unreadable, cancellationToken).ConfigureAwait(false))
                {
                    yield return entry;
                }
            }
            else
            {
                var first = filter.Since is null ? 1 : await FirstSinceAsync(by, snapshot, filter, unreadable, cancellationToken).ConfigureAwait(false);
                await foreach (var entry in EachAsync(by, snapshot.ReadLogAsync(first, cancellationToken), unreadable, cancellationToken).ConfigureAwait(false))
                {
                    if (filter.Matches(entry))
                    {
                        yield return entry;
                    }
                }
            }

            unreadable.RequireNone();
        }
    }

    /// <summary>Checks the whole log, from the first entry to the authenticated head, and that the records are those that the head sums up.</summary>
    /// <param name="by">The operator.</param>
    /// <param name="noted">A checkpoint that was noted earlier, to be compared with the entry of its number.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="VaultException">It is not whole, or not the log that <paramref name="noted"/> was taken of
    /// (<see cref="VaultErrorCode.Damaged"/>): the message names the first entry that does not fit; the vault is sealed, or was meanwhile, which ends it.</exception>
    public Task<AuditVerification> VerifyAsync(Operator by, AuditCheckpoint? noted = null, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, async vault =>
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, vault.Sealing);
            try
            {
                return await VerifyAsync(vault, noted, ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (vault.Sealing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw Errors.VaultLocked(); // Sealing waits for no long log.
            }
        });

    private static async Task<AuditVerification> VerifyAsync(UnsealedVault vault, AuditCheckpoint? noted, CancellationToken cancellationToken)
    {
        var written = vault.Journal.Entries;
        var snapshot = await vault.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var found = await AuditVerifier.VerifyAsync(snapshot, vault.Keys, noted, acceptDamage: false, cancellationToken).ConfigureAwait(false);
            return found.Entries >= written
                ? found
                : throw Errors.Damaged($"the audit log was rolled back to entry {found.Entries}, but {written} were written");
        }
    }

    // The log is as long as the vault is old, and what is asked for is mostly at its end: read from there, and no further than needed.
    private async Task<Stack<AuditEntry>> LastAsync(
        Operator by, IStoreSnapshot snapshot, AuditFilter filter, int last, UnreadableRows unreadable, CancellationToken cancellationToken)
    {
        // What was pushed last comes out first: in order of sequence again.
        var found = new Stack<AuditEntry>();
        await foreach (var entry in BackwardsAsync(by, snapshot, filter, unreadable, cancellationToken).ConfigureAwait(false))
        {
            if (filter.Matches(entry))
            {
                found.Push(entry);
                if (found.Count == last)
                {
                    break;
                }
            }
        }

        return found;
    }

    // Looked for first and read afterwards, so that not all of it has to be held in memory.
    private async Task<long> FirstSinceAsync(
        Operator by, IStoreSnapshot snapshot, AuditFilter filter, UnreadableRows unreadable, CancellationToken cancellationToken)
    {
        var first = long.MaxValue;
        await foreach (var entry in BackwardsAsync(by, snapshot, filter, unreadable, cancellationToken).ConfigureAwait(false))
        {
            first = filter.Matches(entry) ? entry.Sequence : first;
        }

        return first;
    }

    private async IAsyncEnumerable<AuditEntry> BackwardsAsync(
        Operator by, IStoreSnapshot snapshot, AuditFilter filter, UnreadableRows unreadable, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var bound = new SinceBound(filter.Since);
        var entries = EachAsync(by, snapshot.ReadLogBackwardsAsync(cancellationToken), unreadable, cancellationToken, backwards: true);
        await foreach (var entry in entries.ConfigureAwait(false))
        {
            if (bound.IsPassedBy(entry))
            {
                yield break;
            }

            yield return entry;
        }
    }

    // Inside for one segment at a time: whoever reads slowly, or never goes on, must not keep the vault from being sealed.
    private async IAsyncEnumerable<AuditEntry> EachAsync(
        Operator by, IAsyncEnumerable<StoredSegment> log, UnreadableRows unreadable, [EnumeratorCancellation] CancellationToken cancellationToken, bool backwards = false)
    {
        var segments = log.GetAsyncEnumerator(cancellationToken);
        await using (segments.ConfigureAwait(false))
        {
            while (await _vault.InsideAsync(by, vault => NextAsync(vault, segments, unreadable)).ConfigureAwait(false) is { } entries)
            {
                if (backwards)
                {
                    Array.Reverse(entries);
                }

                foreach (var entry in entries)
                {
                    yield return entry;
                }
            }
        }
    }

    private static async Task<AuditEntry[]?> NextAsync(UnsealedVault vault, IAsyncEnumerator<StoredSegment> segments, UnreadableRows unreadable)
    {
        if (!await segments.MoveNextAsync().ConfigureAwait(false))
        {
            return null;
        }

        if (vault.Chain.TryUnpack(segments.Current, out var entries))
        {
            return [.. entries.Select(AuditJson.Read)];
        }

        unreadable.Add(segments.Current);
        return [];
    }
}
