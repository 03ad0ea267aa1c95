using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Sanctum.Client;

namespace Sanctum.Extensions.Configuration;

/// <summary>The configuration's values from the vault: loaded at start, refreshed in the background, released when it is disposed.</summary>
internal sealed class SanctumConfigurationProvider : ConfigurationProvider, IDisposable
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(200), _longestPause = TimeSpan.FromMinutes(1);

    private readonly SanctumConfigurationOptions _options;
    private readonly SanctumClient _client;
    private readonly HeldCredentials _held;
    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task? _background;
    private int _disposed;

    /// <param name="options">Complete.</param>
    /// <param name="client">This provider's, which it disposes.</param>
    public SanctumConfigurationProvider(SanctumConfigurationOptions options, SanctumClient client)
    {
        (_options, _client) = (options, client);
        _held = new HeldCredentials(client, options.Keys.Select(key => key.Path), options.Ttl, options.TimeProvider);
    }

    /// <summary>Waits for the vault, within limits, and reads all keys. Later loads look for what was rotated.</summary>
    /// <exception cref="InvalidOperationException">The vault did not respond in time, or refused a key.</exception>
    public override void Load()
    {
        try
        {
            // On a thread of the pool: a context that was captured can't stop it.
            Task.Run(LoadAsync).GetAwaiter().GetResult();
        }
        catch when (_background is null)
        {
            // Nobody disposes a provider that never loaded.
            Dispose();
            throw;
        }

        _background ??= Task.Run(() => KeepAsync(_stop.Token));
    }

    /// <summary>Stops refreshing, releases all leases and closes the connection.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // Not for longer: it may be the background that disposes, by way of who listens for changes.
        _stop.Cancel();
        _background?.Wait(_options.CloseTimeout);
        _client.Dispose();
    }

    /// <summary>Names the agent and the number of keys, never a value.</summary>
    public override string ToString() => $"{nameof(SanctumConfigurationProvider)} for agent {_client.AgentName} ({_options.Keys.Count} keys)";

    private async Task LoadAsync()
    {
        using var late = new CancellationTokenSource(_options.StartTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        VaultException? last = null;
        for (var pause = _firstPause; ; pause = Longer(pause))
        {
            try
            {
                var refused = await RefreshAsync(either.Token).ConfigureAwait(false);
                if (refused.FirstOrDefault(failure => LateVault.Is(failure.Failure)) is not { Failure: { } delayed })
                {
                    RequireNone(refused);
                    return;
                }

                last = delayed;
                await Task.Delay(WithJitter(pause), _options.TimeProvider, either.Token).ConfigureAwait(false);
            }
            catch (VaultException failure) when (LateVault.Is(failure))
            {
                last = failure;
                await PauseAsync(pause, either.Token).ConfigureAwait(false);
            }
            catch (VaultException failure)
            {
                throw ConfigurationErrors.Refused(failure);
            }
            catch (OperationCanceledException) when (late.IsCancellationRequested)
            {
                if (!_options.Optional)
                {
                    throw ConfigurationErrors.Late(_options.StartTimeout, last);
                }

                Report(last);
                return;
            }
        }
    }

    // The end of the time is found by the next try.
    private async Task PauseAsync(TimeSpan pause, CancellationToken cancellationToken) =>
        await Task.Delay(WithJitter(pause), _options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var pause = _firstPause; ;)
            {
                var isCurrent = await TryRefreshAsync(cancellationToken).ConfigureAwait(false);
                var wait = isCurrent ? Next() : WithJitter(pause);
                pause = isCurrent ? _firstPause : Longer(pause);
                await Task.Delay(wait, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (cancellationToken.IsCancellationRequested && ended is OperationCanceledException or ObjectDisposedException)
        {
            // It was disposed, and its client with it.
        }
    }

    private async Task<bool> TryRefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var failures = await RefreshAsync(cancellationToken).ConfigureAwait(false);
            foreach (var (_, failure) in failures)
            {
                Report(failure);
            }

            return !failures.Any(failure => LateVault.Is(failure.Failure));
        }
        catch (VaultException failure)
        {
            Report(failure);
            return false;
        }
    }

    private async Task<IReadOnlyList<(string Path, VaultException Failure)>> RefreshAsync(CancellationToken cancellationToken)
    {
        await _refreshing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var refreshed = await _held.RefreshAsync(cancellationToken).ConfigureAwait(false);
            if (refreshed.IsOther)
            {
                Publish();
            }

            return refreshed.Failures;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private void Publish()
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in _options.Keys)
        {
            if (_held.SecretOf(key.Path) is { } secret)
            {
                data[key.Key] = key.ValueOf(secret);
            }
        }

        Data = data;
        OnReload();
    }

    private void RequireNone(IReadOnlyList<(string Path, VaultException Failure)> refused)
    {
        if (refused.Count > 0)
        {
            throw ConfigurationErrors.Refused([.. refused.Select(failure => (_options.Keys.First(key => key.Path == failure.Path).Key, failure.Path, failure.Failure))]);
        }
    }

    private void Report(VaultException? failure)
    {
        if (failure is not null)
        {
            _options.OnRefreshFailed?.Invoke(failure);
        }
    }

    private TimeSpan Next()
    {
        var interval = _options.RefreshInterval * RandomNumberGenerator.GetInt32(90, 111) / 100;
        return _held.Remaining is { } remaining && remaining < interval ? (remaining > _firstPause ? remaining : _firstPause) : interval;
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < _longestPause ? pause * 2 : _longestPause;

    private static TimeSpan WithJitter(TimeSpan pause) => pause * RandomNumberGenerator.GetInt32(75, 126) / 100;
}
