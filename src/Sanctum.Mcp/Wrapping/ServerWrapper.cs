using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Sanctum.Client;
using Sanctum.Mcp.Transports;

namespace Sanctum.Mcp.Wrapping;

/// <summary>
/// Stands between a host and a server of the Model Context Protocol. Messages pass as they are, in their order and with their ids, whatever they say. Lists and calls of tools
/// are looked at: the tools have to be those that were accepted, and the vault has to let the agent call one.
/// </summary>
public sealed partial class ServerWrapper : IAsyncDisposable
{
    private const int MostWaiting = 64;
    private const long MostWaitingBytes = 2L * LineTransport.MaxMessage;

    private readonly WrapOptions _options;
    private readonly HostOutput _host;
    private readonly Stream _input;
    private readonly ServerRestarts _server;
    private readonly ToolCallRecords _records;
    private readonly ToolGuard _guard;
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Message> _waiting = Channel.CreateBounded<Message>(MostWaiting);
    private readonly SemaphoreSlim _room = new(0);
    private long _waitingBytes;

    private ServerWrapper(SanctumClient vault, WrapOptions options, IServerSource source, Stream input, Stream output)
    {
        (_options, _input, _host) = (options, input, new HostOutput(output));
        _server = new ServerRestarts(source, options, TakeAsync, EndedAsync);
        _records = new ToolCallRecords(vault, options);
        _guard = new ToolGuard(vault, _server, options);
    }

    /// <summary>Serves a host until it hangs up. Then the server is ended.</summary>
    /// <param name="vault">The agent, which may call tools or not.</param>
    /// <param name="options">What the server is wrapped with.</param>
    /// <param name="source">The server.</param>
    /// <param name="input">What the host writes: a message on each line.</param>
    /// <param name="output">What it reads.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">The host can't be written to.</exception>
    public static async Task RunAsync(SanctumClient vault, WrapOptions options, IServerSource source, Stream input, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var wrapper = new ServerWrapper(vault, options, source, input, output);
        await using (wrapper.ConfigureAwait(false))
        {
            await wrapper.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await _records.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
        _room.Dispose();
        _host.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stopped = cancellationToken.Register(() => _broken.TrySetResult());

        // 1 The server starts. One that can't be started is the command's failure.
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);

        // 2 What the host writes is passed on, until it hangs up or somebody ends this.
        var reading = Guarded(ReadHostAsync);
        var passing = Guarded(PassAsync);
        await Task.WhenAny(reading, _broken.Task).ConfigureAwait(false);

        // 3 What it asked before that is still responded to, if that is soon. Nobody hears of what fails now.
        if (reading.IsCompleted && !_broken.Task.IsCompleted)
        {
            var since = _options.Time.GetTimestamp();
            while (!(passing.IsCompleted && _server.IsIdle) && !_broken.Task.IsCompleted && _options.Time.GetElapsedTime(since) < _options.Farewell)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _options.Time, CancellationToken.None).ConfigureAwait(false);
            }

            return;
        }

        await _broken.Task.ConfigureAwait(false);
    }

    // What can't be gone on with ends all of it.
    private async Task Guarded(Func<Task> work)
    {
        try
        {
            await Task.Run(work).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It was ended.
        }
#pragma warning disable CA1031 // It is thrown on by RunAsync.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _broken.TrySetException(failure);
        }
    }

    // Responses go ahead of what waits: a server may want one before it says which tools it has, and then nothing else would go on.
    private async Task ReadHostAsync()
    {
        var lines = new MessageLines(PipeReader.Create(_input), LineTransport.MaxMessage);
        while (await lines.ReadAsync(_ending.Token).ConfigureAwait(false) is { } line)
        {
            if (line.IsTooLong)
            {
                await _host.SendAsync(MessageErrors.TooLong(LineTransport.MaxMessage), _ending.Token).ConfigureAwait(false);
            }
            else if (Message.Read(line.Bytes.ToArray()) is not { } message)
            {
                await _host.SendAsync(MessageErrors.Unreadable(line.Bytes), _ending.Token).ConfigureAwait(false);
            }
            else if (message.IsResponse)
            {
                await RespondAsync(message).ConfigureAwait(false);
            }
            else
            {
                await QueueAsync(message).ConfigureAwait(false);
            }

            lines.Release();
        }

        _waiting.Writer.Complete();
    }

    private async Task QueueAsync(Message message)
    {
        Interlocked.Add(ref _waitingBytes, message.Bytes.Length);
        while (Interlocked.Read(ref _waitingBytes) > MostWaitingBytes)
        {
            await _room.WaitAsync(_ending.Token).ConfigureAwait(false);
        }

        await _waiting.Writer.WriteAsync(message, _ending.Token).ConfigureAwait(false);
    }

    private async Task PassAsync()
    {
        await foreach (var message in _waiting.Reader.ReadAllAsync(_ending.Token).ConfigureAwait(false))
        {
            try
            {
                await PassAsync(message).ConfigureAwait(false);
            }
            catch (WrapException refused)
            {
                await RefuseAsync(message, refused).ConfigureAwait(false);
            }

            Interlocked.Add(ref _waitingBytes, -message.Bytes.Length);
            _room.Release();
        }
    }

    private Task RefuseAsync(Message message, WrapException refused) =>
        message.IsRequest ? _host.SendAsync(refused, _options.Pins.Server, message.Root.GetProperty("id"), _ending.Token) : Task.CompletedTask;

    private async Task PassAsync(Message message)
    {
        if (!message.IsRequest)
        {
            await NotifyAsync(message).ConfigureAwait(false);
            return;
        }

        // 1 There is a server.
        var session = await _server.GetAsync(_ending.Token).ConfigureAwait(false);
        var pending = new Pending(KindOf(message), message.Root.GetProperty("id").Clone()) { StartedAt = _options.Time.GetTimestamp() };

        // 2 Its tools are those that were accepted, and the agent may call this one.
        if (pending.Kind == PendingKind.Call)
        {
            pending = pending with { Tool = ToolGuard.ToolOf(message) };
            await _guard.RequireAsync(session, message, pending.Tool, _records, _ending.Token).ConfigureAwait(false);
        }
        else if (pending.Kind == PendingKind.Tools)
        {
            await _guard.RequireAsync(session, message, null, _records, _ending.Token).ConfigureAwait(false);
            pending = pending with { IsLaterPage = message.Params is { ValueKind: JsonValueKind.Object } asked && asked.TryGetProperty("cursor", out _) };
        }

        // 3 It goes on as it came.
        session.Pending.Add(message.Id!, pending with { StartedAt = _options.Time.GetTimestamp() }, _options.Pins.Server);
        try
        {
            await session.SendAsync(message.Bytes, _ending.Token).ConfigureAwait(false);
            _server.Remember(message);
        }
        catch (WrapException)
        {
            // If it is gone, whoever took it has said so already.
            if (session.Pending.Take(message.Id!) is not null)
            {
                throw;
            }
        }
    }

    private async Task NotifyAsync(Message message)
    {
        _server.Remember(message);
        if (_server.Current is not { } session)
        {
            return; // Of one server nothing is told to the next.
        }

        if (message.Method == "notifications/cancelled" && Message.KeyOf(message.Params, "requestId") is { } id && session.Pending.GiveUp(id) is { } given)
        {
            _records.Add(given, "cancelled", 0, 0);
        }

        try
        {
            await session.SendAsync(message.Bytes, _ending.Token).ConfigureAwait(false);
        }
        catch (WrapException)
        {
            return; // It has ended, and nobody waits for this.
        }
    }

    private async Task RespondAsync(Message message)
    {
        if (_server.Current is not { } session || !session.TakeRequest(message.Id!))
        {
            return; // It is for a server that has ended.
        }

        try
        {
            await session.SendAsync(message.Bytes, _ending.Token).ConfigureAwait(false);
        }
        catch (WrapException)
        {
            return; // Likewise.
        }
    }

    private static PendingKind KindOf(Message message) => message.Method switch
    {
        "tools/list" => PendingKind.Tools,
        "tools/call" => PendingKind.Call,
        _ => PendingKind.Other,
    };
}
