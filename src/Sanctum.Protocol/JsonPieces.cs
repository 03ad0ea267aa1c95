using System.Buffers;

namespace Sanctum.Protocol;

/// <summary>JSON that came from outside, as a reader should get it.</summary>
/// <remarks>
/// Of what is in one piece, .NET's reader quotes all that is left when a word is none of JSON's: a request's length once more, and
/// whatever secret is in it, in an exception's message that nobody can zero. Of what is in several pieces it quotes five bytes. So
/// there is a second piece, and nothing in it.
/// </remarks>
public static class JsonPieces
{
    /// <summary>The same bytes, in two pieces.</summary>
    /// <param name="json">The bytes; they are not copied.</param>
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> json)
    {
        var (whole, nothing) = (new Piece(json, 0), new Piece(default, json.Length));
        whole.Append(nothing);
        return new ReadOnlySequence<byte>(whole, 0, nothing, 0);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public void Append(Piece next) => Next = next;
    }
}
