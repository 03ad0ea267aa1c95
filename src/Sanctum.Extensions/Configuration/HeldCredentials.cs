using Sanctum.Client;

namespace Sanctum.Extensions.Configuration;

/// <summary>All credentials of a configuration. Their calls go out together, on one connection.</summary>
internal sealed class HeldCredentials(SanctumClient client, IEnumerable<string> paths, TimeSpan? ttl, TimeProvider time)
{
    private readonly Dictionary<string, HeldCredential> _held =
        paths.Distinct(StringComparer.Ordinal).ToDictionary(path => path, path => new HeldCredential(path, client, ttl, time), StringComparer.Ordinal);

    /// <summary>A credential's secret; null when there is no lease on it.</summary>
    public string? SecretOf(string path) => _held[path].Secret;

    /// <summary>How long until the first lease should be renewed; null when there is no lease.</summary>
    public TimeSpan? Remaining => _held.Values.Min(held => held.Remaining);

    /// <summary>Fetches what is missing or was rotated, and renews what it is time for.</summary>
    /// <exception cref="VaultException">The vault could not be asked.</exception>
    public async Task<Refreshed> RefreshAsync(CancellationToken cancellationToken)
    {
        var listed = (await client.ListAsync(CommonPrefix(), cancellationToken).ConfigureAwait(false)).ToDictionary(info => info.Path, info => info.UpdatedAt, StringComparer.Ordinal);
        var results = await Task.WhenAll(_held.Values.Select(held => RefreshAsync(held, listed, cancellationToken))).ConfigureAwait(false);
        return new Refreshed(results.Any(result => result.IsOther), [.. results.Where(result => result.Failure is not null).Select(result => (result.Path, result.Failure!))]);
    }

    private static async Task<(string Path, bool IsOther, VaultException? Failure)> RefreshAsync(
        HeldCredential held, Dictionary<string, DateTimeOffset?> listed, CancellationToken cancellationToken)
    {
        var before = held.Secret;
        try
        {
            var isListed = listed.TryGetValue(held.Path, out var updatedAt);
            return (held.Path, await held.RefreshAsync(isListed, updatedAt, cancellationToken).ConfigureAwait(false), null);
        }
        catch (VaultException failure)
        {
            return (held.Path, !ReferenceEquals(before, held.Secret), failure);
        }
    }

    // The vault lists no more than it has to; an agent may see thousands.
    private string? CommonPrefix()
    {
        var prefix = _held.Keys.Aggregate((one, other) => one[..one.AsSpan().CommonPrefixLength(other)]);
        return prefix.Length == 0 ? null : prefix;
    }
}

/// <summary>What came of a refresh.</summary>
/// <param name="IsOther">Whether a secret is another one, or gone.</param>
/// <param name="Failures">What failed, by the credential's path.</param>
internal sealed record Refreshed(bool IsOther, IReadOnlyList<(string Path, VaultException Failure)> Failures);
