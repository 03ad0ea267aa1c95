using System.Buffers;
using System.Net.Http;
using Sanctum.Crypto;
using Sanctum.Egress.Connections;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// A response that is given on as it comes: its head at once, and of its body after each piece all that can't become an occurrence of the secret any more.
/// For one reader at a time.
/// </summary>
internal sealed class StreamedResponse : IOpenResponse
{
    private const int ChunkSize = 32 * 1024;

    private readonly Exchange _exchange;
    private readonly Scrubber _scrubber;
    private readonly HeaderSearch _search;
    private readonly MessageEnds _ends;
    private readonly MeasuredStream _content;
    private readonly Stream _decoded;
    private readonly SecretBytes _chunk = new(ChunkSize);
    private readonly ArrayBufferWriter<byte> _certain = new(ChunkSize);
    private readonly MemoryBudget _memory;
    private readonly ThreadTurn _turn = new();
    private readonly int _held;
    private int _given;

    private StreamedResponse(Exchange exchange, Needles needles, MemoryBudget memory, Stream content)
    {
        var response = exchange.Response;
        (_exchange, _memory, _scrubber) = (exchange, memory, new Scrubber(needles, TellsLengths(response)));
        (_search, _ends) = (new HeaderSearch(_scrubber), MessageEnds.Of(response));
        _content = new MeasuredStream(content, Framing.LengthOf(response));
        _held = (2 * ChunkSize) + (response.Version.Major >= 2 ? Connection.Http2Window : 0);
        memory.Take(_held);
        try
        {
            _decoded = ContentDecoding.DecodeEndless(_content, ContentDecoding.Of(response.Content), memory);
            Headers = _search.Each(response.Headers.NonValidated, response.Content.Headers.NonValidated);
            FoundInHead = _scrubber.Found;
        }
        catch
        {
            memory.Return(_held);
            _scrubber.Dispose();
            _chunk.Dispose();
            throw;
        }
    }

    public int Status => (int)_exchange.Response.StatusCode;

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>What came after the body; there once all of it has been read.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailers { get; private set; } = [];

    // Messages of gRPC and Protocol Buffers tell the length of each field before it.
    private static bool TellsLengths(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types)
        && types.Any(type => type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) || type.Contains("protobuf", StringComparison.OrdinalIgnoreCase));

    /// <summary>How often the secret was found and taken out.</summary>
    public int Found => _scrubber.Found;

    /// <summary>How much of that was in the head.</summary>
    public int FoundInHead { get; }

    /// <summary>How many bytes of the body have come, decoded. How short an encoding is tells about what is in it, and agents read their own entries of the log.</summary>
    public long Received { get; private set; }

    /// <summary>Whether all of it has been read.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether a body may follow (RFC 9110, section 6.4.1).</summary>
    public bool IsWithoutBody => _exchange.Response.RequestMessage?.Method == HttpMethod.Head || Status is 204 or 304;

    /// <summary>Reads the head of a response.</summary>
    /// <exception cref="VaultException">It can't be searched.</exception>
    public static async Task<StreamedResponse> OpenAsync(Exchange exchange, Needles needles, MemoryBudget memory, CancellationToken cancellationToken)
    {
        Framing.Require(exchange.Response);
        MessageEncoding.RequireNone(exchange.Response);
        var content = await exchange.Response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new StreamedResponse(exchange, needles, memory, content);
    }

    /// <summary>Copies what is certain and has not been given on yet.</summary>
    /// <returns>How many bytes; 0 when there are none at the moment.</returns>
    public int Take(Span<byte> buffer)
    {
        var certain = _certain.WrittenSpan[_given..];
        var count = Math.Min(certain.Length, buffer.Length);
        certain[..count].CopyTo(buffer);
        _given += count;
        return count;
    }

    /// <summary>Waits for more of the body, or for its end. To be called when all that is certain has been taken.</summary>
    /// <exception cref="VaultException">It can't be searched.</exception>
    /// <exception cref="IOException">It breaks off. Other exceptions of decoders are <see cref="UpstreamFailure.Translate"/>'s.</exception>
    public async ValueTask AdvanceAsync(CancellationToken cancellationToken)
    {
        // Clears it too: what was delivered is not left lying about.
        _certain.Clear();
        _given = 0;
        var count = await _turn.NextAsync(_decoded.ReadAsync(_chunk.WritableMemory, cancellationToken)).ConfigureAwait(false);
        if (count > 0)
        {
            Received += count;
            var isEnd = _ends.EndsWith(_chunk.Span[..count]);
            _scrubber.Write(_chunk.Span[..count], _certain);
            if (isEnd)
            {
                _scrubber.Complete(_certain);
            }
            else
            {
                _scrubber.Flush(_certain);
            }

            return;
        }

        _scrubber.Complete(_certain);
        await _content.ReadToEndAsync(_chunk.WritableMemory, cancellationToken).ConfigureAwait(false);
        Framing.RequireOfTrailers(_exchange.Response);
        Trailers = _search.Each(_exchange.Response.TrailingHeaders.NonValidated);
        _exchange.Complete();
        HasEnded = true;
    }

    public void Dispose()
    {
        _exchange.Dispose();
        _decoded.Dispose();
        _scrubber.Dispose();
        _chunk.Dispose();
        _certain.Clear();
        _memory.Return(_held);
    }
}
