using System.Net.Http;
using Sanctum.Crypto;
using Sanctum.Egress.Scrubbing;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Takes a response in: decodes it, searches all of it for the secret, and keeps what is left, within limits. There is no way around the
/// search: what it does not understand is refused, and nothing is handed on until the last byte has been through it.
/// </summary>
internal sealed class ResponseReader(Needles needles, MemoryBudget budget, int maxBytes) : IDisposable
{
    private const int ChunkSize = 16 * 1024;

    // One search for all: between two texts it begins anew.
    private readonly Scrubber _scrubber = new(needles);
    private MeasuredStream? _content;
    private bool _isEncoded;

    /// <summary>How often the secret was found and taken out.</summary>
    public int Scrubbed => _scrubber.Found;

    /// <summary>How many bytes of the body have come; null where they are encoded: how short an encoding is tells about what is in it.</summary>
    public long? Received => _isEncoded ? null : _content?.Count ?? 0;

    public void Dispose() => _scrubber.Dispose();

    /// <exception cref="VaultException">It can't be searched, is too large or breaks off.</exception>
    public async Task<ReceivedResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Framing.Require(response);
        MessageEncoding.RequireNone(response);
        var body = new ResponseBuffer(budget, maxBytes);
        try
        {
            var content = _content = new MeasuredStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Framing.LengthOf(response));
            var codings = ContentDecoding.Of(response.Content);
            _isEncoded = codings.Length > 0;
            var decoded = ContentDecoding.Decode(content, codings, budget, maxBytes);
            await using (decoded.ConfigureAwait(false))
            {
                await SearchAsync(decoded, content, Envelopes.Of(response), body, cancellationToken).ConfigureAwait(false);
            }

            Framing.RequireOfTrailers(response);
            var headers = new HeaderSearch(_scrubber);
            return new ReceivedResponse(
                (int)response.StatusCode,
                headers.Joined(response.Headers.NonValidated, response.Content.Headers.NonValidated),
                headers.Joined(response.TrailingHeaders.NonValidated),
                body);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private async Task SearchAsync(Stream decoded, MeasuredStream content, Envelopes? envelopes, ResponseBuffer body, CancellationToken cancellationToken)
    {
        using var chunk = new SecretBytes(ChunkSize);
        var turn = new ThreadTurn();
        while (true)
        {
            // Full chunks but for the last: of a text that is known to be whole nothing is held back, and most are of one chunk.
            var count = await turn.NextAsync(decoded.ReadAtLeastAsync(chunk.WritableMemory, ChunkSize, throwOnEndOfStream: false, cancellationToken)).ConfigureAwait(false);
            envelopes?.EndWith(chunk.Span[..count]);
            if (count < ChunkSize)
            {
                _scrubber.Complete(chunk.Span[..count], body);
                await content.ReadToEndAsync(chunk.WritableMemory, cancellationToken).ConfigureAwait(false);
                return;
            }

            _scrubber.Write(chunk.Span, body);
        }
    }
}

/// <summary>A response, searched.</summary>
internal sealed record ReceivedResponse(
    int Status, IReadOnlyDictionary<string, string> Headers, IReadOnlyDictionary<string, string> Trailers, ResponseBuffer Body);
