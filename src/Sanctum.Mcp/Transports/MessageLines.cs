using System.Buffers;
using System.IO.Pipelines;

namespace Sanctum.Mcp.Transports;

/// <summary>A stream's lines, one after another, none longer than a limit: of a longer one it is said that it was, and it is skipped.</summary>
internal sealed class MessageLines(PipeReader reader, int most)
{
    private SequencePosition? _end;

    /// <summary>The next line that is not empty; null at the end. Its bytes are there until <see cref="Release"/>.</summary>
    public async Task<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var isSkipping = false;
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
                    return isSkipping ? new Line(default, IsTooLong: true) : null;
                }

                isSkipping |= buffer.Length > most;
                reader.AdvanceTo(isSkipping ? buffer.End : buffer.Start, buffer.End);
            }
            else if (isSkipping || whole.Length > most)
            {
                reader.AdvanceTo(next);
                return new Line(default, IsTooLong: true);
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
/// <param name="Bytes">What is in it, without its end.</param>
/// <param name="IsTooLong">It was longer than the limit, and is not there.</param>
internal readonly record struct Line(ReadOnlySequence<byte> Bytes, bool IsTooLong);
