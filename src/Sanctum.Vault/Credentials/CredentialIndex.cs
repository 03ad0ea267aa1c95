using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Sanctum.Credentials;

/// <summary>All credentials' metadata by path, in memory while the vault is unsealed.</summary>
internal sealed class CredentialIndex
{
    private readonly ConcurrentDictionary<CredentialPath, CredentialInfo> _byPath = new();
    private CredentialInfo[]? _ordered;

    /// <summary>All of them, in ordinal order of path.</summary>
    public IReadOnlyList<CredentialInfo> Ordered
    {
        get
        {
            if (Volatile.Read(ref _ordered) is { } known)
            {
                return known;
            }

            var ordered = _byPath.Values.ToArray();
            Array.Sort(ordered, (a, b) => string.CompareOrdinal(a.Path.Value, b.Path.Value));
            Volatile.Write(ref _ordered, ordered);
            return ordered;
        }
    }

    public bool TryFind(CredentialPath path, [NotNullWhen(true)] out CredentialInfo? info) => _byPath.TryGetValue(path, out info);

    /// <exception cref="VaultException">There is none.</exception>
    public CredentialInfo Demand(CredentialPath path) => TryFind(path, out var info) ? info : throw Errors.CredentialNotFound(path);

    public void Put(CredentialInfo info)
    {
        _byPath[info.Path] = info;
        Volatile.Write(ref _ordered, null);
    }

    public void Remove(CredentialPath path)
    {
        _byPath.TryRemove(path, out _);
        Volatile.Write(ref _ordered, null);
    }
}
