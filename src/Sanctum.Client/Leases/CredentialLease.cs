using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Client;

/// <summary>
/// A secret, for a time. Disposing it zeroes the bytes and tells the vault that the agent is done with it; use
/// <c>await using</c> and keep no copy.
/// </summary>
public sealed class CredentialLease : IAsyncDisposable
{
    private readonly SanctumClient? _client;
    private readonly byte[] _secret;
    private int _disposed;

    /// <summary>Makes a lease that no vault knows, for tests.</summary>
    /// <param name="path">The credential's path.</param>
    /// <param name="secret">The secret; it is copied.</param>
    /// <param name="term">The lease's life.</param>
    /// <param name="type">The credential's type.</param>
    public CredentialLease(string path, ReadOnlySpan<byte> secret, LeaseTerm term, string? type = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(term);
        (_secret, Path, Type, Term) = (secret.ToArray(), path, type, term);
    }

    internal CredentialLease(SanctumClient client, byte[] secret, string path, string? type, LeaseTerm term) =>
        (_client, _secret, Path, Type, Term) = (client, secret, path, type, term);

    /// <summary>The credential's path.</summary>
    public string Path { get; }

    /// <summary>The credential's type, such as <c>api_key</c>; null when the vault did not say.</summary>
    public string? Type { get; }

    /// <summary>The lease's id, by which the vault and its audit log know it.</summary>
    public string LeaseId => Term.LeaseId;

    /// <summary>How long the lease was granted, or last renewed, for.</summary>
    public TimeSpan Ttl => Term.Ttl;

    /// <summary>When the lease ends. After that the vault regards the secret as given back.</summary>
    public DateTimeOffset ExpiresAt => Term.ExpiresAt;

    /// <summary>The secret's bytes. They are zeroes once the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    public ReadOnlyMemory<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            return _secret;
        }
    }

    private LeaseTerm Term { get; set; }

    /// <summary>The secret as UTF-8 text. A <see cref="string"/> can't be zeroed: prefer <see cref="Bytes"/> where the
    /// receiver takes them.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    public string GetString() => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>Extends the lease; see <see cref="SanctumClient.RenewLeaseAsync"/>.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    /// <inheritdoc cref="SanctumClient.RenewLeaseAsync" path="/exception"/>
    public async Task RenewAsync(TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        Term = _client is null ? Term : await _client.RenewLeaseAsync(LeaseId, ttl, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Zeroes the secret, then releases the lease. A lease that the vault can't be told about ends by its time to live.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return ValueTask.CompletedTask;
        }

        CryptographicOperations.ZeroMemory(_secret);
        return _client?.GiveBackAsync(LeaseId) ?? ValueTask.CompletedTask;
    }

    /// <summary>Names the lease and its path, never the secret.</summary>
    public override string ToString() => $"{Path} (lease {LeaseId}, until {ExpiresAt:O})";
}
