using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sanctum.Credentials;

/// <summary>All credentials' metadata by path, in memory while the vault is unsealed.</summary>
internal sealed class CredentialIndex
{
    private readonly ConcurrentDictionary<CredentialPath, CredentialInfo> _byPath = new();
    private readonly Lock _ordering = new();
    private CredentialInfo[]? _ordered;

    public int Count => _byPath.Count;

    /// <summary>All of them, in ordinal order of path.</summary>
    public IReadOnlyList<CredentialInfo> Ordered
    {
        get
        {
            if (Volatile.Read(ref _ordered) is { } known)
            {
                return known;
            }

            // Under the lock, or an order that misses a credential stored meanwhile could outlive its being stored.
            lock (_ordering)
            {
                var ordered = _byPath.Values.ToArray();
                Array.Sort(ordered, (a, b) => string.CompareOrdinal(a.Path.Value, b.Path.Value));
                Volatile.Write(ref _ordered, ordered);
                return ordered;
            }
        }
    }

    public bool TryFind(CredentialPath path, [NotNullWhen(true)] out CredentialInfo? info) => _byPath.TryGetValue(path, out info);

    /// <summary>Whether this very version is the current one.</summary>
    public bool Has(CredentialInfo info) => TryFind(info.Path, out var now) && ReferenceEquals(now, info);

    /// <summary>A credential's tags; none where there is no credential.</summary>
    public IReadOnlyList<string> TagsOf(CredentialPath path) => TryFind(path, out var info) ? info.Tags : [];

    /// <exception cref="VaultException">There is none.</exception>
    public CredentialInfo Require(CredentialPath path) => TryFind(path, out var info) ? info : throw Errors.CredentialNotFound(path);

    public void Put(CredentialInfo info)
    {
        lock (_ordering)
        {
            _byPath[info.Path] = info;
            Volatile.Write(ref _ordered, null);
        }
    }

    public void Remove(CredentialPath path)
    {
        lock (_ordering)
        {
            _byPath.TryRemove(path, out _);
            Volatile.Write(ref _ordered, null);
        }
    }
}
