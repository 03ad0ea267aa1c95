using System.Security.Cryptography;
using Sanctum.Crypto;
using Sanctum.Storage;

namespace Sanctum.Audit;

/// <summary>
/// Follows the chain from its beginning to the head, through every row that the store has. What does not fit is noted and not the end: the
/// entries behind it may be whole.
/// </summary>
internal sealed class ChainWalk
{
    private readonly AuditChain _chain;
    private readonly Head _head;
    private readonly AuditCheckpoint? _noted;
    private readonly List<string> _damage = [];
    private readonly byte[] _mac;
    private long _next = 1;

    // Whether _mac is that of the entry before _next; not so behind a gap.
    private bool _isLinked = true;
    private bool _isUnreadable;

    /// <param name="chain">The vault's chain.</param>
    /// <param name="head">Where it has to end.</param>
    /// <param name="noted">An entry to compare with on the way.</param>
    public ChainWalk(AuditChain chain, Head head, AuditCheckpoint? noted)
    {
        (_chain, _head, _noted) = (chain, head, noted);
        _mac = chain.Genesis();
    }

    /// <summary>What does not fit, in order.</summary>
    public IReadOnlyList<string> Damage => _damage;

    /// <summary>The MAC of the entry that the noted checkpoint names; null when it was not read.</summary>
    public string? FoundAtNoted { get; private set; }

    /// <summary>Takes the next row.</summary>
    public void Take(StoredSegment row)
    {
        if (row.FirstSequence < _next || row.FirstSequence > _head.Entries || row.Count < 1)
        {
            _damage.Add($"row {row.FirstSequence} of the audit log was not written by the vault");
            return;
        }

        SkipTo(row.FirstSequence);
        if (!_chain.TryUnpack(row, out var entries))
        {
            // How many entries it holds is not known: its count may be what was changed.
            (_isUnreadable, _isLinked) = (true, false);
            return;
        }

        entries.ForEach(Follow);
    }

    /// <summary>Ends the walk: is this where the head says that the log ends?</summary>
    public void End()
    {
        var last = _next - 1;
        if (_isUnreadable)
        {
            SkipTo(_head.Entries + 1);
        }
        else if (last != _head.Entries)
        {
            _damage.Add($"the audit log ends at entry {last}, but {_head.Entries} were written");
        }
        else if (_isLinked && !CryptographicOperations.FixedTimeEquals(_mac, _head.ChainMac.Span))
        {
            _damage.Add($"audit entry {last} is not the one that was written last");
        }
    }

    private void SkipTo(long first)
    {
        if (first == _next && !_isUnreadable)
        {
            return;
        }

        var isOne = first - _next <= 1;
        var which = isOne ? $"audit entry {_next}" : $"audit entries {_next} to {first - 1}";
        _damage.Add((_isUnreadable, isOne) switch
        {
            (true, true) => $"{which} can't be decrypted at its position",
            (true, false) => $"{which} can't be decrypted at their position",
            (false, true) => $"{which} is missing",
            (false, false) => $"{which} are missing",
        });
        (_next, _isUnreadable, _isLinked) = (first, false, false);
    }

    private void Follow(ChainedEntry entry)
    {
        if (_isLinked)
        {
            _chain.Next(_mac, entry.Sequence, entry.Json.Span);
            if (!CryptographicOperations.FixedTimeEquals(_mac, entry.Mac.Span))
            {
                _damage.Add($"audit entry {entry.Sequence} does not follow the one before it");
            }
        }

        entry.Mac.Span.CopyTo(_mac);
        (_next, _isLinked) = (entry.Sequence + 1, true);
        if (entry.Sequence == _noted?.Entries)
        {
            FoundAtNoted = Convert.ToHexStringLower(entry.Mac.Span);
        }
    }
}
