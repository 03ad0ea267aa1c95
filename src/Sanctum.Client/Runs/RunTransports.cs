using System.Collections.Concurrent;

namespace Sanctum.Client.Runs;

/// <summary>The runs of a client's handlers: one for each credential, opened when it is first needed and again when it has ended.</summary>
internal sealed class RunTransports(SanctumClient client, SanctumClientOptions options) : IDisposable
{
    // An agent has at most 64, and may have other programs.
    private const int Most = 32;

    private readonly ConcurrentDictionary<RunKey, RunTransport> _current = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile bool _disposed;

    /// <summary>The run that is open; null when there is none.</summary>
    public RunTransport? Find(RunKey key) => _current.TryGetValue(key, out var transport) && transport.IsUsable ? transport : null;

    /// <summary>Opens a run, unless somebody else has just done so.</summary>
    /// <param name="key">What for.</param>
    /// <param name="ended">The one before, which the daemon no longer takes; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>It; null where the daemon has no proxy that can be reached.</returns>
    /// <exception cref="VaultException">The vault refused, or could not be asked.</exception>
    public async ValueTask<RunTransport?> OpenAsync(RunKey key, RunTransport? ended, CancellationToken cancellationToken)
    {
        if (!await client.HasProxyAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SanctumClient));
            if (Find(key) is { } current && current != ended)
            {
                return current;
            }

            MakeRoom();
            var opened = new RunTransport(await client.OpenRunAsync(key, cancellationToken).ConfigureAwait(false), options);
            Retire(key);
            _current[key] = opened;
            return opened;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Ends all.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var key in _current.Keys)
        {
            Retire(key);
        }
    }

    // Of those without connections, the one that has rested longest. Where all have some, the daemon's limit holds.
    private void MakeRoom()
    {
        if (_current.Count >= Most && _current.Where(entry => entry.Value.IsIdle || !entry.Value.IsUsable).OrderBy(entry => entry.Value.UsedAt).FirstOrDefault() is { Value: not null } rested)
        {
            Retire(rested.Key);
        }
    }

    private void Retire(RunKey key)
    {
        if (_current.TryRemove(key, out var transport))
        {
            transport.Retire();
        }
    }
}
