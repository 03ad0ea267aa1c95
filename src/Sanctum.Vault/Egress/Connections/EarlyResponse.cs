using System.Globalization;
using System.Text;

namespace Sanctum.Egress.Connections;

/// <summary>
/// Looks at the beginning of a response that comes while a body is still being sent, over HTTP/1.1. A service that refuses a body says so at once (RFC 9112,
/// section 9.5). .NET's client looks only when all of it has been sent. Any other response waits: the service may want the rest.
/// </summary>
/// <param name="plain">Inside TLS where there is TLS.</param>
/// <param name="arrival">Ends when something has arrived, without reading it.</param>
/// <param name="isClientReading">Whether the client waits for bytes by itself, as it does on a connection that has served before: then they are seen as they pass.</param>
internal sealed class EarlyResponse(Stream plain, Task arrival, bool isClientReading)
{
    private const int FirstError = 400;

    // "HTTP/1.1 413"
    private const int StatusStart = 9;
    private const int StatusEnd = 12;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _begun = new byte[StatusEnd];
    private Task? _looking;
    private bool _isRead;
    private int _count;
    private int _taken;

    /// <summary>Whether there is something that was read here and that the client has not taken yet.</summary>
    public bool HasMore => !isClientReading && _taken < _count;

    /// <summary>Ends when a response has begun, or the connection ended.</summary>
    /// <returns>Whether it refuses the request; false also when the client has begun to read by itself.</returns>
    public async Task<bool> IsRefusalAsync()
    {
        await (isClientReading ? _passed.Task : arrival).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var looking = Task.CompletedTask;
        lock (_gate)
        {
            if (!_isRead && !isClientReading)
            {
                looking = _looking = LookAsync();
            }
        }

        await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return looking.IsCompletedSuccessfully && _count == StatusEnd
            && int.TryParse(Encoding.ASCII.GetString(_begun, StatusStart, StatusEnd - StatusStart), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status >= FirstError;
    }

    /// <summary>From now on the client reads. What was read here comes first.</summary>
    public async ValueTask YieldAsync(CancellationToken cancellationToken)
    {
        Task? looking;
        lock (_gate)
        {
            (_isRead, looking) = (true, _looking);
        }

        await (looking ?? Task.CompletedTask).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the client what was read here.</summary>
    public int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _count - _taken);
        _begun.AsSpan(_taken, count).CopyTo(buffer);
        _taken += count;
        return count;
    }

    /// <summary>The client has read this by itself.</summary>
    public void Passed(ReadOnlySpan<byte> bytes)
    {
        if (!isClientReading || _count == StatusEnd)
        {
            return;
        }

        var taken = bytes[..Math.Min(bytes.Length, StatusEnd - _count)];
        taken.CopyTo(_begun.AsSpan(_count));
        _count += taken.Length;
        if (_count == StatusEnd)
        {
            _passed.TrySetResult();
        }
    }

    private async Task LookAsync()
    {
        for (int read; _count < StatusEnd; _count += read)
        {
            read = await plain.ReadAsync(_begun.AsMemory(_count), CancellationToken.None).ConfigureAwait(false);
            if (read == 0)
            {
                return;
            }
        }
    }
}
