using System.Buffers;
using System.IO.Pipelines;

namespace Sanctum.Mcp.Transports;

/// <summary>A stream's lines, one after another, none longer than a limit: of a longer one it is said that it was, and it is skipped.</summary>
internal sealed class MessageLines(PipeReader reader, int most)
{
    // Where a message's id mostly is: near its start, or at its end.
    private const int Ends = 128;

    private SequencePosition? _end;

    /// <summary>The next line that is not empty; null at the end. Its bytes are there until <see cref="Release"/>.</summary>
    public async Task<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var isSkipping = false;
        byte[] head = [];
        while (true)
        {
            // A terminal's or a pipe's read can't be given up; waiting for it can.
            var read = await reader.ReadAsync(cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            var buffer = read.Buffer;
            var (line, next) = Split(buffer, read.IsCompleted);
            if (line is not { } whole)
            {
                if (read.IsCompleted)
                {
                    reader.AdvanceTo(buffer.End);
                    return isSkipping ? new Line(new ReadOnlySequence<byte>(head), IsTooLong: true) : null;
                }

                if (!isSkipping && buffer.Length > most)
                {
                    (isSkipping, head) = (true, buffer.Slice(0, Math.Min(Ends, most)).ToArray());
                }

                reader.AdvanceTo(isSkipping ? buffer.End : buffer.Start, buffer.End);
            }
            else if (isSkipping || whole.Length > most)
            {
                byte[] ends = [.. isSkipping ? head : whole.Slice(0, Math.Min(Ends, whole.Length)).ToArray(), .. whole.Slice(Math.Max(0, whole.Length - Ends)).ToArray()];
                reader.AdvanceTo(next);
                return new Line(new ReadOnlySequence<byte>(ends), IsTooLong: true);
            }
            else if (IsBlank(whole))
            {
                reader.AdvanceTo(next);
            }
            else
            {
                _end = next;
                return new Line(whole, IsTooLong: false);
            }
        }
    }

    /// <summary>The line's bytes are done with.</summary>
    public void Release()
    {
        if (_end is { } end)
        {
            reader.AdvanceTo(end);
            _end = null;
        }
    }

    private static (ReadOnlySequence<byte>? Line, SequencePosition Next) Split(ReadOnlySequence<byte> buffer, bool isLast) =>
        buffer.PositionOf((byte)'\n') is { } end ? (buffer.Slice(0, end), buffer.GetPosition(1, end))
        : isLast && !buffer.IsEmpty ? (buffer, buffer.End)
        : (null, buffer.Start);

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (var part in line)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A line.</summary>
/// <param name="Bytes">What is in it, without its end. Of one that is too long, some bytes from its start and from its end.</param>
/// <param name="IsTooLong">It was longer than the limit, and is not there.</param>
internal readonly record struct Line(ReadOnlySequence<byte> Bytes, bool IsTooLong);
