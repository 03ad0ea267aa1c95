using System.Buffers.Binary;
using System.Net.Http;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// Knows where a message of a stream ends, in formats that are made of messages: event streams, lines of JSON, gRPC. What ends with a message is held back
/// no longer: whoever sent it may wait for a response before the next one.
/// </summary>
internal sealed class MessageEnds
{
    private readonly Kind _kind;

    // Of gRPC: the head of a message as far as it has come, and how much of the message is still to come.
    private readonly byte[] _head = new byte[5];
    private int _headLength;
    private long _left;

    // Of lines: the last characters of the piece before.
    private byte _last;
    private byte _lastButOne;

    private MessageEnds(Kind kind) => _kind = kind;

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
        });

    /// <summary>Whether a message ends with this piece of the body, and not only within it.</summary>
    public bool EndsWith(ReadOnlySpan<byte> piece)
    {
        if (_kind == Kind.Grpc)
        {
            return EndsGrpcMessage(piece);
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

    // A flag and four bytes of length, then the message.
    private bool EndsGrpcMessage(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_left == 0)
            {
                var count = Math.Min(_head.Length - _headLength, piece.Length);
                piece[..count].CopyTo(_head.AsSpan(_headLength));
                _headLength += count;
                piece = piece[count..];
                if (_headLength < _head.Length)
                {
                    return false;
                }

                (_headLength, _left) = (0, BinaryPrimitives.ReadUInt32BigEndian(_head.AsSpan(1)));
            }

            var part = (int)Math.Min(_left, piece.Length);
            _left -= part;
            piece = piece[part..];
        }

        return _left == 0 && _headLength == 0;
    }
}
