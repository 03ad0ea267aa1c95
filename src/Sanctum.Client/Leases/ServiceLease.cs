namespace Sanctum.Client;

/// <summary>
/// A lease to use a service: a base URL, to which requests go instead of the service's own, and a token in the key's place. The secret stays in the vault. Disposing it
/// tells the vault that the agent is done with it.
/// </summary>
public sealed class ServiceLease : IAsyncDisposable
{
    private readonly SanctumClient _client;
    private int _disposed;

    internal ServiceLease(SanctumClient client, string service, LeaseTerm term, string sessionToken, Uri baseUrl) =>
        (_client, Service, Term, SessionToken, BaseUrl) = (client, service, term, sessionToken, baseUrl);

    /// <summary>The service as it was asked for, such as <c>openai/api_key</c>.</summary>
    public string Service { get; }

    /// <summary>The lease's id, by which the vault and its audit log know it.</summary>
    public string LeaseId => Term.LeaseId;

    /// <summary>How long the lease was granted, or last renewed, for.</summary>
    public TimeSpan Ttl => Term.Ttl;

    /// <summary>When the lease ends. After that the vault refuses requests to its base URLs.</summary>
    public DateTimeOffset ExpiresAt => Term.ExpiresAt;

    /// <summary>Where requests go instead of the service's own address. It stays as it is when the lease is renewed.</summary>
    public Uri BaseUrl { get; }

    /// <summary>The base URL for each host, where the service has several; empty otherwise.</summary>
    public IReadOnlyDictionary<string, Uri> BaseUrls { get; internal init; } = new Dictionary<string, Uri>();

    /// <summary>What is sent in the key's place. It is good for this client's session and nowhere but at the vault.</summary>
    public string SessionToken { get; }

    /// <summary>The Unix socket on which the vault's proxy listens; null when the vault did not say.</summary>
    public string? ProxySocket { get; internal init; }

    /// <summary>What the lease is limited to, such as <c>method:GET</c>; empty for nothing.</summary>
    public IReadOnlyList<string> Scopes { get; internal init; } = [];

    /// <summary>The credential's type, such as <c>api_key</c>; null when the vault did not say.</summary>
    public string? CredentialType { get; internal init; }

    /// <summary>The credential's classification, such as <c>confidential</c>; null when the vault did not say.</summary>
    public string? Classification { get; internal init; }

    private LeaseTerm Term { get; set; }

    /// <summary>Extends the lease; see <see cref="SanctumClient.RenewLeaseAsync"/>.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    /// <inheritdoc cref="SanctumClient.RenewLeaseAsync" path="/exception"/>
    public async Task RenewAsync(TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        Term = await _client.RenewLeaseAsync(LeaseId, ttl, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Releases the lease. One that the vault can't be told about ends by its time to live.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) != 0 ? ValueTask.CompletedTask : _client.GiveBackAsync(LeaseId);

    /// <summary>Names the lease and its service, never the token.</summary>
    public override string ToString() => $"{Service} (lease {LeaseId}, until {ExpiresAt:O})";
}

/// <summary>What a lease on a service is to be; what is null or empty is the vault's to say.</summary>
public sealed class ServiceLeaseOptions
{
    /// <summary>For how long, in whole seconds, rounded up; null for the vault's default. The policies' limit holds.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>What to limit it to: <c>method:GET</c>, <c>path:/v1/*</c>. Several of a kind are alternatives. Default: none.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The lease that it is derived from, which another agent handed on; null for none.</summary>
    public string? ParentLeaseId { get; init; }

    /// <summary>How many leases may be below it, each derived from the one above; null for the vault's limit.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>What it is for, for the record; null for nothing. It plays no part in decisions.</summary>
    public string? Purpose { get; init; }
}

/// <summary>A service that the agent can have leases on.</summary>
/// <param name="Service">Its name, which is the credential's path.</param>
/// <param name="Description">The credential's description; empty when it has none.</param>
/// <param name="Classification">Its classification, such as <c>confidential</c>; null when the vault did not say.</param>
/// <param name="CredentialTypes">Its types, such as <c>api_key</c>.</param>
/// <param name="Hosts">Where it can be used.</param>
public sealed record ServiceInfo(
    string Service, string Description, string? Classification, IReadOnlyList<string> CredentialTypes, IReadOnlyList<string> Hosts);
