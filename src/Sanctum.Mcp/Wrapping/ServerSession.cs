using Sanctum.Mcp.Wrapping.Cleaning;

namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// One server from its start to its end, and the requests that it has. All that it sends is cleaned before anybody sees it. What it was not asked for is dropped. It is read one message
/// after another, and the next only when this one was taken: a server that floods waits.
/// </summary>
internal sealed class ServerSession : IAsyncDisposable
{
    private const int MostRequests = 256;
    private const int MostNotifications = 1000;
    private const int MostNotes = 20;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly IWrappedServer _server;
    private readonly WrapOptions _options;
    private readonly Func<ServerSession, ServerMessage, Task> _take;
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _gate = new();
    private readonly HashSet<string> _requests = new(StringComparer.Ordinal);
    private long _second;
    private int _notifications;
    private int _notes;
    private int _disposed;

    /// <param name="server">The server.</param>
    /// <param name="options">What it is wrapped with.</param>
    /// <param name="take">Gets what it sends.</param>
    public ServerSession(IWrappedServer server, WrapOptions options, Func<ServerSession, ServerMessage, Task> take)
    {
        (_server, _options, _take) = (server, options, take);
        Ended = Task.Run(ReadAsync);
    }

    /// <summary>The requests that it has.</summary>
    public PendingRequests Pending { get; } = new();

    /// <summary>It has sent its last message. Fails where the host can't be written to.</summary>
    public Task Ended { get; }

    public bool HasEnded => Ended.IsCompleted;

    /// <exception cref="WrapException">It has ended.</exception>
    public async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            await _server.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            throw WrapErrors.Ended(_options.Pins.Server);
        }
    }

    /// <summary>Whether a response of the host's is to a request of this server's. Each is passed on once.</summary>
    public bool TakeRequest(string id)
    {
        lock (_gate)
        {
            return _requests.Remove(id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _server.DisposeAsync().ConfigureAwait(false);
            await _ending.CancelAsync().ConfigureAwait(false);
            await Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ending.Dispose();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _server.ReadAsync(_ending.Token).ConfigureAwait(false) is { } line)
            {
                await TakeAsync(line).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It was ended.
        }
    }

    private async Task TakeAsync(ServerLine line)
    {
        if (line.IsTooLong || Message.Read(line.Bytes) is not { } message)
        {
            await FailAsync(Message.GuessId(new(line.Bytes)), WrapErrors.TooLong(_options.Pins.Server, Transports.LineTransport.MaxMessage)).ConfigureAwait(false);
            return;
        }

        Cleaned cleaned;
        try
        {
            cleaned = ServerText.Clean(message.Bytes, _server.Secrets);
        }
        catch (SecretFilterException)
        {
            await FailAsync(message.IsResponse ? message.Id : null, WrapErrors.NotSearchable(_options.Pins.Server)).ConfigureAwait(false);
            return;
        }

        var sent = cleaned.Redacted == 0 ? message : Message.Read(cleaned.WithHidden);
        var shown = cleaned.Escaped == 0 ? sent : Message.Read(cleaned.Bytes);
        if (sent is null || shown is null || shown.Id != message.Id || shown.Method != message.Method)
        {
            // What was taken out was no text, or where the message goes.
            await FailAsync(message.IsResponse ? message.Id : null, WrapErrors.NotSearchable(_options.Pins.Server)).ConfigureAwait(false);
            return;
        }

        await TakeAsync(new ServerMessage(shown, sent, cleaned.Redacted, cleaned.Escaped)).ConfigureAwait(false);
    }

    private async Task TakeAsync(ServerMessage received)
    {
        var message = received.Shown!;
        if (message.IsRequest)
        {
            lock (_gate)
            {
                if (_requests.Count >= MostRequests || !_requests.Add(message.Id!))
                {
                    Note("sent a request too many, or one with the id of another that is open: it is dropped");
                    return;
                }
            }
        }
        else if (message.IsResponse)
        {
            received = received with { To = Pending.Take(message.Id!) };
            if (received.To is null && !Pending.TakeGivenUp(message.Id!))
            {
                Note("sent a response to what it was not asked, or a second one: it is dropped");
                return;
            }
        }
        else
        {
            await PaceAsync().ConfigureAwait(false);
        }

        await _take(this, received).ConfigureAwait(false);
    }

    // Of a message whose response can't be passed on, the request ends all the same.
    private async Task FailAsync(string? id, WrapException error)
    {
        if (id is not null && Pending.Take(id) is { } failed)
        {
            await _take(this, new ServerMessage(null, null, 0, 0) { To = failed, Failure = error }).ConfigureAwait(false);
        }
        else
        {
            Note("wrote a line that is no message, or too long: it is dropped");
        }
    }

    // More than so many in a second are read later, and the server waits.
    private async Task PaceAsync()
    {
        if (_options.Time.GetElapsedTime(_second) >= Second)
        {
            (_second, _notifications) = (_options.Time.GetTimestamp(), 0);
        }

        if (++_notifications > MostNotifications)
        {
            await Task.Delay(Second - _options.Time.GetElapsedTime(_second) is { Ticks: > 0 } rest ? rest : TimeSpan.Zero, _options.Time, _ending.Token).ConfigureAwait(false);
            (_second, _notifications) = (_options.Time.GetTimestamp(), 1);
        }
    }

    private void Note(string what)
    {
        if (++_notes <= MostNotes)
        {
            _options.Note($"'{_options.Pins.Server}' {what}{(_notes == MostNotes ? "; more of these are not shown" : "")}");
        }
    }
}

/// <summary>What a server has sent.</summary>
/// <param name="Shown">It, cleaned; null where it failed.</param>
/// <param name="Sent">It, with its hidden characters: what tools are described by is compared as it is.</param>
/// <param name="Redacted">How many occurrences of secrets were taken out.</param>
/// <param name="Escaped">How many hidden characters are shown.</param>
internal sealed record ServerMessage(Message? Shown, Message? Sent, int Redacted, int Escaped)
{
    /// <summary>The request that it is the response to; null for what is no response, or one to a request that was given up.</summary>
    public Pending? To { get; init; }

    /// <summary>Why there is no response.</summary>
    public WrapException? Failure { get; init; }
}
