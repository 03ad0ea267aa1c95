namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// The server that runs. One that has ended is started again when something is asked of it, and shakes hands with what the host said the first time: the host need not know. One that
/// ends again and again is left alone.
/// </summary>
internal sealed class ServerRestarts(
    IServerSource source, WrapOptions options, Func<ServerSession, ServerMessage, Task> take, Func<ServerSession, Exception?, Task> ended) : IAsyncDisposable
{
    /// <summary>How often it is started again within <see cref="Window"/>.</summary>
    public const int Most = 5;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Queue<long> _starts = new();
    private volatile ServerSession? _current;
    private Task _watching = Task.CompletedTask;
    private Message? _hello;
    private Message? _initialized;
    private int _asked;

    /// <summary>The server; null while there is none.</summary>
    public ServerSession? Current => _current;

    /// <summary>Whether nothing runs on it.</summary>
    public bool IsIdle => _current is not { } session || session.Pending.IsEmpty;

    /// <summary>Starts it for the first time.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var session = new ServerSession(await source.StartAsync(cancellationToken).ConfigureAwait(false), options, take);
        _current = session;
        _watching = WatchAsync(session);
    }

    /// <summary>The server, started again if it has ended. For one caller at a time.</summary>
    /// <exception cref="WrapException">It can't be started, or it has ended too often.</exception>
    public async ValueTask<ServerSession> GetAsync(CancellationToken cancellationToken)
    {
        if (_current is { HasEnded: false } running)
        {
            return running;
        }

        await _watching.ConfigureAwait(false);
        while (_starts.TryPeek(out var first) && options.Time.GetElapsedTime(first) >= Window)
        {
            _starts.Dequeue();
        }

        if (_starts.Count >= Most)
        {
            throw WrapErrors.StaysEnded(options.Pins.Server, Most + 1);
        }

        _starts.Enqueue(options.Time.GetTimestamp());
        options.Note($"'{options.Pins.Server}' has ended, and is started again");
        try
        {
            await StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or WrapException))
        {
            throw WrapErrors.NotStarted(options.Pins.Server, failure.Message);
        }

        var session = _current!;
        await ShakeHandsAsync(session, cancellationToken).ConfigureAwait(false);
        return session;
    }

    /// <summary>Keeps what the host shakes hands with.</summary>
    public void Remember(Message message)
    {
        _hello = message.Method == "initialize" ? message : _hello;
        _initialized = message.Method == "notifications/initialized" ? message : _initialized;
    }

    /// <summary>Sends a request of the wrapper's own.</summary>
    /// <param name="session">To which server.</param>
    /// <param name="write">Makes it, with an id that no host has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="WrapException">The server has ended, or takes too long.</exception>
    public Task<Message> AskAsync(ServerSession session, Func<string, byte[]> write, CancellationToken cancellationToken)
    {
        var id = $"sanctum-wrap-{++_asked}";
        return AskAsync(session, "s" + id, write(id), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is { } session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }

        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ShakeHandsAsync(ServerSession session, CancellationToken cancellationToken)
    {
        if (_hello is null)
        {
            return;
        }

        await AskAsync(session, _hello.Id!, _hello.Bytes, cancellationToken).ConfigureAwait(false);
        if (_initialized is not null)
        {
            await session.SendAsync(_initialized.Bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Message> AskAsync(ServerSession session, string key, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        var response = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Pending.Add(key, new Pending(PendingKind.Own, default) { Own = response }, options.Pins.Server);
        try
        {
            await session.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return await response.Task.WaitAsync(options.ServerPatience, options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw WrapErrors.Silent(options.Pins.Server, options.ServerPatience);
        }
        finally
        {
            session.Pending.Take(key);
        }
    }

    private async Task WatchAsync(ServerSession session)
    {
        Exception? failure = null;
        try
        {
            await session.Ended.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // It is handed on.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            failure = broken;
        }

        await ended(session, failure).ConfigureAwait(false);
        _current = _current == session ? null : _current;
        await session.DisposeAsync().ConfigureAwait(false);
    }
}
