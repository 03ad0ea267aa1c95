using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// The three streams that a program is started with, each of which may be missing. Its number is then free, and the next file or pipe
/// that the runtime opens takes it: what was meant for a screen would be written into that.
/// </summary>
internal static class StandardStreams
{
    private const int InputNumber = 0, OutputNumber = 1, ErrorsNumber = 2;

    /// <summary>Whether there is something to read from.</summary>
    public static bool HasInput { get; } = IsInherited(InputNumber);

    private static bool HasOutput { get; } = IsInherited(OutputNumber);

    private static bool HasErrors { get; } = IsInherited(ErrorsNumber);

    /// <summary>Stdin; at its end from the start where there is none.</summary>
    public static Stream OpenInput() => HasInput ? Console.OpenStandardInput() : Stream.Null;

    /// <summary>Stdout. What can't be written there is a command's failure.</summary>
    public static Stream OpenOutput() => new ResultStream(HasOutput ? Console.OpenStandardOutput() : null);

    /// <summary>Stderr. What can't be written there is lost: there is nobody left to tell.</summary>
    public static Stream OpenErrors() => HasErrors ? new LastResortStream(Console.OpenStandardError()) : Stream.Null;

    // What is inherited does not have the mark that closes it on exec, or it would not be there; .NET opens everything with it.
    private static bool IsInherited(int number) => Native.DescriptorFlags(number) == 0;

    private abstract class WritingStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public abstract override void Write(ReadOnlySpan<byte> buffer);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // Nothing is held back.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private sealed class ResultStream(Stream? output) : WritingStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                (output ?? throw new IOException("it is closed")).Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CliErrors.UnwritableOutput(e);
            }
        }
    }

    private sealed class LastResortStream(Stream errors) : WritingStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                errors.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return; // The exit code still tells.
            }
        }
    }
}
