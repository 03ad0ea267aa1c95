namespace Sanctum.Credentials;

/// <summary>
/// One change of a credential at a time, so that no version is lost; changes of different ones don't wait for one another, and
/// are committed together.
/// </summary>
internal sealed class PathLocks
{
    // More than any batch of the journal's is likely to hold; two paths that share one just wait for each other.
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 512).Select(_ => new SemaphoreSlim(1))];

    public async Task<T> HoldingAsync<T>(CredentialPath path, Func<Task<T>> body, CancellationToken cancellationToken)
    {
        var hold = _locks[(uint)path.GetHashCode() % _locks.Length];
        await hold.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await body().ConfigureAwait(false);
        }
        finally
        {
            hold.Release();
        }
    }
}
