using System.Globalization;
using Sanctum.Egress;
using Sanctum.Egress.Receiving;

namespace Sanctum.Door;

/// <summary>
/// A request on its way and its response, as it comes. It owns all that has to end with it: the connection, the search, the agent's place, its way out of
/// the vault, and its last audit entry. Dispose it, whether all was read or not.
/// </summary>
public sealed class HttpExchange : IAsyncDisposable
{
    private readonly ExchangeParts _parts;
    private readonly StreamedResponse _response;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenRegistration _onEnding;
    private Exception? _failure;
    private bool _ended;
    private int _recorded;

    internal HttpExchange(ExchangeParts parts, StreamedResponse response)
    {
        (_parts, _response) = (parts, response);
        Body = new ExchangeBody(this);

        // Whoever is not reading at the moment must not keep open what was withdrawn, or a vault that is being sealed.
        _onEnding = parts.Ending.UnsafeRegister(static exchange => ThreadPool.UnsafeQueueUserWorkItem(static it => _ = it.EndAsync(), (HttpExchange)exchange!, preferLocal: false), this);
    }

    /// <summary>The status code, such as 200.</summary>
    public int Status => _response.Status;

    /// <summary>The headers in their order, searched. Not those about the connection, the body's coding or length (it is decoded), or cookies.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _response.Headers;

    /// <summary>
    /// The body, decoded and searched, as it comes. A read that ends the exchange throws: <see cref="VaultException"/> where the service breaks off, the grant
    /// is withdrawn, or the vault is sealed; <see cref="OperationCanceledException"/> where the caller gave up.
    /// </summary>
    public Stream Body { get; }

    /// <summary>Whether no body follows, whatever the headers say: after HEAD, and with 204 and 304.</summary>
    public bool IsWithoutBody => _response.IsWithoutBody;

    /// <summary>What came after the body, searched; there once <see cref="Body"/> has been read to its end.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers => _response.Trailers;

    /// <summary>Cancelled when it can't go on: its grant was withdrawn, the session ended, the vault is being sealed, or the caller gave up.</summary>
    public CancellationToken Ending => _parts.Ending;

    /// <summary>Ends it, and records how it went.</summary>
    public async ValueTask DisposeAsync()
    {
        await _onEnding.DisposeAsync().ConfigureAwait(false);

        // A read that still waits ends, and with it its turn.
        _parts.Stop();
        await EndAsync().ConfigureAwait(false);
    }

    internal async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_failure is not null || _parts.Ending.IsCancellationRequested)
            {
                throw _failure ??= _parts.WhyEnding();
            }

            ObjectDisposedException.ThrowIf(_ended, this);
            int count;
            while ((count = _response.Take(buffer.Span)) == 0 && !_response.HasEnded && !buffer.IsEmpty)
            {
                await AdvanceAsync().ConfigureAwait(false);
            }

            return count;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task AdvanceAsync()
    {
        try
        {
            using (_parts.Stillness.Watch())
            {
                await _response.AdvanceAsync(_parts.Going).ConfigureAwait(false);
            }

            if (_response.Found > _recorded)
            {
                await RecordFoundAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            _failure = _parts.Translate(failure);
            if (ReferenceEquals(_failure, failure))
            {
                throw;
            }

            throw _failure;
        }
    }

    // Before a byte after it leaves. The first ones, and then whenever their number has doubled: an echo without end must not fill the log.
    private async Task RecordFoundAsync()
    {
        var found = _response.Found;
        if (_recorded < MostFoundApart || found >= 2 * _recorded)
        {
            await _parts.RecordFoundAsync(found).ConfigureAwait(false);
            _recorded = found;
        }
    }

    private const int MostFoundApart = 16;

    private async Task EndAsync()
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            var outcome = _parts.Outcome;
            outcome["bytes"] = _response.Received.ToString(CultureInfo.InvariantCulture);
            if (_response.Found > 0)
            {
                outcome["scrubbed"] = _response.Found.ToString(CultureInfo.InvariantCulture);
            }

            var failure = _failure ?? (_response.HasEnded || _response.IsWithoutBody ? null : _parts.Ending.IsCancellationRequested ? _parts.WhyEnding() : Errors.NotReadToItsEnd());
            _response.Dispose();
            await _parts.EndAsync(failure).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private sealed class ExchangeBody(HttpExchange exchange) : ReadOnlyStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => exchange.ReadAsync(buffer, cancellationToken);
    }
}
