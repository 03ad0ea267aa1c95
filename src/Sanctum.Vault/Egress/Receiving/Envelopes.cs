using System.Buffers.Binary;
using System.Net.Http;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// The messages of gRPC, gRPC-Web and Connect in a body, each behind five bytes:
/// <code>
/// | flags: 1 byte, the lowest bit for "compressed" | length: 4 bytes, big-endian | message |
/// </code>
/// </summary>
internal sealed class Envelopes
{
    private const byte Compressed = 1;

    private readonly Func<VaultException> _refusal;

    // The head of a message as far as it has come, and how much of the message is still to come.
    private readonly byte[] _head = new byte[5];
    private int _headLength;
    private long _left;

    private Envelopes(Func<VaultException> refusal) => _refusal = refusal;

    /// <summary>Those of a response's format; null where it has none.</summary>
    public static Envelopes? Of(HttpResponseMessage response) => Of(MessageEnds.TypeOf(response), Errors.UnsearchableMessages);

    /// <summary>Those of a request's format; null where it has none.</summary>
    public static Envelopes? Of(IEnumerable<KeyValuePair<string, string>> sent) => Of(MessageEnds.TypeOf(sent), Errors.CompressedMessage);

    /// <summary>Those of a format; null where it has none.</summary>
    /// <param name="type">The media type.</param>
    /// <param name="refusal">What is thrown for a message that is compressed.</param>
    public static Envelopes? Of(string type, Func<VaultException> refusal) => IsOfMessages(type) ? new(refusal) : null;

    /// <summary>Whether a message ends with this piece of the body, and not only within it.</summary>
    /// <exception cref="VaultException">A message in it is compressed, so that it can't be searched.</exception>
    public bool EndWith(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_left == 0)
            {
                RequireSearchable(_headLength == 0 ? piece[0] : _head[0]);
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

    // gRPC-Web as text is base64 all over.
    private static bool IsOfMessages(string type) =>
        type is "application/grpc" or "application/grpc-web" || type.StartsWith("application/grpc+", StringComparison.Ordinal)
        || type.StartsWith("application/grpc-web+", StringComparison.Ordinal) || type.StartsWith("application/connect+", StringComparison.Ordinal);

    private void RequireSearchable(byte flags)
    {
        if ((flags & Compressed) != 0)
        {
            throw _refusal();
        }
    }
}
