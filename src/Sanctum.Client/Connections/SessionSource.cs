using System.Net;
using System.Net.Sockets;

namespace Sanctum.Client.Connections;

/// <summary>Has a session when one is needed: the current one, or a new one when it or its connection is gone.</summary>
internal sealed class SessionSource(string agentName, SanctumClientOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Session? _current;
    private volatile bool _disposed;

    // Connections to daemons that were left, until what runs there has ended.
    private Task _left = Task.CompletedTask;
    private readonly CancellationTokenSource _closing = new();
    private Route _route = new(VaultAddress.AllFrom(options));

    /// <summary>Where the connection goes, or the next one is tried first.</summary>
    public EndPoint Address => _route.Current;

    /// <summary>The session that calls use now; null when there is none that works.</summary>
    public Session? Current => _current is { Connection.IsOpen: true } session ? session : null;

    /// <summary>The current session, or else a new connection that is signed in.</summary>
    public async ValueTask<Session> GetAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SanctumClient));
        if (Current is { } session)
        {
            return session;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(SanctumClient));
            return Current ?? (_current = await OpenAsync(cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Signs in again on the same connection; of many callers whose session has expired, the first one does it for all.</summary>
    public async Task SignInAgainAsync(Session expired, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current == expired && expired.Connection.IsOpen)
            {
                _current = await WithinTimeAsync(
                    Address, options.ConnectTimeout, token => Session.SignInAsync(expired.Connection, agentName, options, token), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Whether the daemon, or another one, has further addresses.</summary>
    public bool HasOthers => _route.HasOthers;

    /// <summary>Leaves a daemon for the next address. What it still runs for this client goes on.</summary>
    /// <param name="left">The session there; once another has taken its place, nothing is done.</param>
    /// <param name="isStopping">Whether the daemon closes the connection, after what runs. Otherwise it is closed when the calls have their replies.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task LeaveAsync(Session left, bool isStopping, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current?.Connection == left.Connection)
            {
                _current = null;
                _route.GoOn();
                _left = CloseAfterAsync(_left, left.Connection, isStopping ? left.Connection.Ended : left.Connection.FinishAsync());
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes the connection, if there is one, and goes elsewhere for the next.</summary>
    public async Task MoveToAsync(EndPoint address, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!address.Equals(Address))
            {
                _route = new Route([address]);
            }

            await CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _gate.WaitAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        await _closing.CancelAsync().ConfigureAwait(false);
        await _left.ConfigureAwait(false);
        _gate.Release();
    }

    private async Task CloseAfterAsync(Task others, RpcConnection connection, Task over)
    {
        await over.WaitAsync(_closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync().ConfigureAwait(false);
        await others.ConfigureAwait(false);
    }

    private async ValueTask CloseAsync()
    {
        if (_current is { } session)
        {
            _current = null;
            await session.Connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<Session> OpenAsync(CancellationToken cancellationToken)
    {
        await CloseAsync().ConfigureAwait(false);
        return await _route.OpenAsync(
            (address, limit) => WithinTimeAsync(address, limit, token => ConnectAsync(address, token), cancellationToken), options.ConnectTimeout).ConfigureAwait(false);
    }

    private async Task<Session> ConnectAsync(EndPoint address, CancellationToken cancellationToken)
    {
        RpcConnection connection;
        try
        {
            connection = new RpcConnection(await VaultAddress.OpenAsync(address, options, cancellationToken).ConfigureAwait(false), options.TimeProvider);
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            throw Errors.Unreachable(address, refused);
        }

        try
        {
            var session = await Session.SignInAsync(connection, agentName, options, cancellationToken).ConfigureAwait(false);
            CallTelemetry.Connected();
            return session;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Session> WithinTimeAsync(EndPoint address, TimeSpan limit, Func<CancellationToken, Task<Session>> open, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await open(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.ConnectTimeout(address, limit, late);
        }
        catch (Exception broken) when (broken is OutcomeUnknownException or NotSentException)
        {
            // Nothing is unknown about a sign-in that failed: there is no session, and the caller's own call was not sent.
            throw broken.InnerException is VaultException said ? said : Errors.SignInBroken(address, broken.InnerException ?? broken);
        }
    }
}
