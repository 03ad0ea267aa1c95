using System.Net.Http;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Knows where a message of a stream ends, in formats that are made of messages: event streams, lines of JSON, gRPC. What ends with a message is held back
/// no longer: whoever sent it may wait for a response before the next one.
/// </summary>
internal sealed class MessageEnds
{
    private readonly Kind _kind;

    // Of gRPC and its relatives; null for others.
    private readonly Envelopes? _envelopes;

    // Of lines: the last characters of the piece before.
    private byte _last;
    private byte _lastButOne;

    private MessageEnds(Kind kind, Envelopes? envelopes) => (_kind, _envelopes) = (kind, envelopes);

    private enum Kind
    {
        None,
        Events,
        Lines,
        Grpc,
    }

    /// <summary>Those of a response's format.</summary>
    public static MessageEnds Of(HttpResponseMessage response) => new(
        !response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? Kind.None
        : types.ToString().Split(';')[0].Trim().ToLowerInvariant() switch
        {
            "text/event-stream" => Kind.Events,
            "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/json-seq" => Kind.Lines,
            "application/grpc" or "application/grpc+proto" => Kind.Grpc,
            _ => Kind.None,
        },
        Envelopes.Of(response));

    /// <summary>Whether a message ends with this piece of the body, and not only within it.</summary>
    /// <exception cref="VaultException">A message in it is compressed, so that it can't be searched; upstream failed.</exception>
    public bool EndsWith(ReadOnlySpan<byte> piece)
    {
        if (_envelopes is not null)
        {
            return _envelopes.EndWith(piece) && _kind == Kind.Grpc;
        }

        foreach (var character in piece[^Math.Min(4, piece.Length)..])
        {
            // CR counts for nothing: an empty line is one whichever way lines end.
            if (character != (byte)'\r')
            {
                (_lastButOne, _last) = (_last, character);
            }
        }

        return _kind switch
        {
            Kind.Events => _last == (byte)'\n' && _lastButOne == (byte)'\n',
            Kind.Lines => _last == (byte)'\n',
            _ => false,
        };
    }
}
