namespace Sanctum.Mcp.Wrapping;

/// <summary>What comes from the server.</summary>
public sealed partial class ServerWrapper
{
    private async Task TakeAsync(ServerSession session, ServerMessage received)
    {
        if (received.To is { Kind: PendingKind.Own } own)
        {
            _ = received.Failure is { } failure ? own.Own!.TrySetException(failure) : own.Own!.TrySetResult(received.Sent!);
            return;
        }

        if (received.To is { } to && received.Failure is { } failed)
        {
            _records.Add(to, "lost", 0, 0);
            await _host.SendAsync(failed, _options.Pins.Server, to.Id, _ending.Token).ConfigureAwait(false);
            return;
        }

        try
        {
            var bytes = received.To switch
            {
                { Kind: PendingKind.Tools } list => await _guard.ShowAsync(received, list, _ending.Token).ConfigureAwait(false),
                { Kind: PendingKind.Call } call => _records.Result(received, call),
                _ => received.Shown!.Bytes,
            };
            _guard.Watch(received.Shown!);
            await _host.SendAsync(bytes, _ending.Token).ConfigureAwait(false);
        }
        catch (WrapException refused)
        {
            await _host.SendAsync(refused, _options.Pins.Server, received.To!.Id, _ending.Token).ConfigureAwait(false);
        }
    }

    // The server has ended, or the host can't be written to.
    private async Task EndedAsync(ServerSession session, Exception? failure)
    {
        if (failure is not null)
        {
            _broken.TrySetException(failure);
            return;
        }

        foreach (var left in session.Pending.End())
        {
            var error = WrapErrors.Ended(_options.Pins.Server);
            if (left.Own is { } own)
            {
                own.TrySetException(error);
                continue;
            }

            _records.Add(left, "lost", 0, 0);
            await Guarded(() => _host.SendAsync(error, _options.Pins.Server, left.Id, _ending.Token)).ConfigureAwait(false);
        }
    }
}
