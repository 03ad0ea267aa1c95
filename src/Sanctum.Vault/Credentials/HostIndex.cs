using Sanctum.Destinations;

namespace Sanctum.Credentials;

/// <summary>The credentials by the origins that they are bound to. Made anew when a credential has changed.</summary>
internal sealed class HostIndex(CredentialIndex credentials)
{
    private Known? _known;

    /// <summary>The credentials that an operator lets go to this origin, in ordinal order of path.</summary>
    public IReadOnlyList<CredentialInfo> BoundTo(Origin origin)
    {
        var all = credentials.Ordered;
        var known = Volatile.Read(ref _known);
        if (known is null || !ReferenceEquals(known.All, all))
        {
            Volatile.Write(ref _known, known = new Known(all));
        }

        return known.ByOrigin[origin] as IReadOnlyList<CredentialInfo> ?? [.. known.ByOrigin[origin]];
    }

    private sealed class Known(IReadOnlyList<CredentialInfo> all)
    {
        public IReadOnlyList<CredentialInfo> All => all;

        public ILookup<Origin, CredentialInfo> ByOrigin { get; } = all
            .SelectMany(credential => Binding.OriginsOf(credential).Distinct().Select(origin => (Origin: origin, Credential: credential)))
            .ToLookup(pair => pair.Origin, pair => pair.Credential);
    }
}
