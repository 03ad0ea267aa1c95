using System.Runtime.CompilerServices;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>The operator's eye on what happened.</summary>
public sealed class AuditLog
{
    private readonly Vault _vault;

    internal AuditLog(Vault vault) => _vault = vault;

    /// <summary>The entries that a query asks for, in order of sequence.</summary>
    /// <exception cref="VaultException">An entry does not open or can't be read (<see cref="VaultErrorCode.Damaged"/>); the vault is sealed.</exception>
    public async IAsyncEnumerable<AuditEntry> ReadAsync(
        Operator by, AuditQuery? query = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var filter = new AuditFilter(query ?? new AuditQuery());
        var matching = MatchingAsync(by, filter, cancellationToken);
        if (filter.Last is { } last)
        {
            matching = TailAsync(matching, last);
        }

        await foreach (var entry in matching.ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    /// <summary>Checks the whole log, from the first entry to the authenticated head.</summary>
    /// <exception cref="VaultException">It is not whole (<see cref="VaultErrorCode.Damaged"/>), and the message names the first entry
    /// that does not fit; the vault is sealed.</exception>
    public Task<AuditVerification> VerifyAsync(Operator by, CancellationToken cancellationToken = default) =>
        _vault.InsideAsync(by, async vault =>
        {
            var written = vault.Journal.Entries;
            var snapshot = await vault.SnapshotAsync(cancellationToken).ConfigureAwait(false);
            await using (snapshot.ConfigureAwait(false))
            {
                var found = await AuditVerifier.VerifyAsync(snapshot, vault.Codec, vault.Chain, cancellationToken).ConfigureAwait(false);
                return found.Entries >= written
                    ? found
                    : throw Errors.Damaged($"the audit log was turned back to entry {found.Entries}, and {written} were written");
            }
        });

    // Inside for one segment at a time: whoever reads slowly, or never goes on, must not keep the vault from being sealed.
    private async IAsyncEnumerable<AuditEntry> MatchingAsync(
        Operator by, AuditFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var snapshot = await _vault.InsideAsync(by, vault => vault.SnapshotAsync(cancellationToken)).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var segments = snapshot.ReadLogAsync(1, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (segments.ConfigureAwait(false))
            {
                while (await _vault.InsideAsync(by, vault => NextAsync(vault, segments)).ConfigureAwait(false) is { } entries)
                {
                    foreach (var entry in entries.Where(filter.Matches))
                    {
                        yield return entry;
                    }
                }
            }
        }
    }

    private static async Task<AuditEntry[]?> NextAsync(UnsealedVault vault, IAsyncEnumerator<StoredSegment> segments) =>
        await segments.MoveNextAsync().ConfigureAwait(false) ? [.. vault.Chain.Unpack(segments.Current).Select(AuditJson.Read)] : null;

    private static async IAsyncEnumerable<AuditEntry> TailAsync(IAsyncEnumerable<AuditEntry> entries, int last)
    {
        var tail = new Queue<AuditEntry>();
        await foreach (var entry in entries.ConfigureAwait(false))
        {
            if (tail.Count == last)
            {
                tail.Dequeue();
            }

            tail.Enqueue(entry);
        }

        foreach (var entry in tail)
        {
            yield return entry;
        }
    }
}

/// <summary>A query, ready to be asked of many entries.</summary>
internal sealed class AuditFilter
{
    private readonly AuditQuery _query;
    private readonly Glob? _resource;

    public AuditFilter(AuditQuery query)
    {
        if (query.Last is < 1)
        {
            throw Errors.InvalidParams("last", "the number of entries is at least 1");
        }

        (_query, _resource) = (query, query.Resource is { } pattern ? new Glob(pattern) : null);
    }

    public int? Last => _query.Last;

    public bool Matches(AuditEntry entry) =>
        (_query.Agent is null || entry.Actor == Actors.AgentPrefix + _query.Agent)
        && (_query.Action is null || entry.Action == _query.Action)
        && (!_query.Denied || entry.Outcome != AuditOutcome.Allowed)
        && (_query.Since is null || entry.Time >= _query.Since)
        && (_resource is null || (entry.Resource is { } resource && _resource.Matches(resource)));
}
