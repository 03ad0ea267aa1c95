namespace Sanctum.Egress;

/// <summary>Ends something that is under way, also when it ends by itself at the same moment.</summary>
/// <param name="cancellationToken">Ends it as well.</param>
internal sealed class Withdrawal(CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private bool _disposed;

    /// <summary>Cancelled when it may not go on.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends it, elsewhere: what hangs on the token must not run on the thread that writes the audit log.</summary>
    public void Begin() => ThreadPool.UnsafeQueueUserWorkItem(static it => it.Cancel(), this, preferLocal: false);

    public void Dispose()
    {
        lock (_source)
        {
            _disposed = true;
            _source.Dispose();
        }
    }

    private void Cancel()
    {
        lock (_source)
        {
            if (!_disposed)
            {
                _source.Cancel();
            }
        }
    }
}
