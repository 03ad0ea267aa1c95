using System.Runtime.InteropServices;
using System.Text;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// The three streams that a program is started with, each of which may be missing. Its number is then free, and the next file or pipe
/// that the runtime opens takes it: what was meant for a screen would be written into that.
/// </summary>
internal static class StandardStreams
{
    private const int InputNumber = 0, OutputNumber = 1, ErrorsNumber = 2;
    private const int NarrowestTerminal = 40, UsualTerminal = 80;

    /// <summary>Whether there is something to read from.</summary>
    public static bool HasInput { get; } = IsInherited(InputNumber);

    /// <summary>How many columns there are for a result; null where stdout is not a terminal.</summary>
    public static int? Columns =>
        !HasOutput || Console.IsOutputRedirected ? null : Math.Max(NarrowestTerminal, Native.Columns(OutputNumber) ?? UsualTerminal);

    private static bool HasOutput { get; } = IsInherited(OutputNumber);

    private static bool HasErrors { get; } = IsInherited(ErrorsNumber);

    /// <summary>
    /// Called once, before anything is opened. It takes the numbers of missing streams, so that no pipe to a started program gets one of them.
    /// What the runtime or a library writes to <see cref="Console"/> goes through these streams, which add nothing to it.
    /// </summary>
    public static void Use()
    {
        foreach (var missing in (int[])[.. HasInput ? [] : (int[])[InputNumber], .. HasOutput ? [] : (int[])[OutputNumber], .. HasErrors ? [] : (int[])[ErrorsNumber]])
        {
            // A number that the runtime has taken already is kept from others by that.
            if (Native.DescriptorFlags(missing) < 0)
            {
                using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
                Occupy(missing, (int)nothing.DangerousGetHandle());
            }
        }

        Console.SetOut(Writer(OpenOutput()));
        Console.SetError(Writer(OpenErrors()));
    }

    /// <summary>Stdin; at its end from the start where there is none.</summary>
    public static Stream OpenInput() => HasInput ? new DescriptorStream(InputNumber, writes: false) : Stream.Null;

    /// <summary>Stdout. What can't be written there is a command's failure.</summary>
    public static Stream OpenOutput() => new ResultStream(HasOutput ? new DescriptorStream(OutputNumber, writes: true) : null);

    /// <summary>Stderr. What can't be written there is lost: there is nobody left to tell.</summary>
    public static Stream OpenErrors() => HasErrors ? new LastResortStream(new DescriptorStream(ErrorsNumber, writes: true)) : Stream.Null;

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true };

    // Without the mark that says that it was inherited, as is everything that .NET opens.
    private static void Occupy(int number, int descriptor)
    {
        if (number != descriptor && Native.Replace(descriptor, number) < 0)
        {
            throw new IOException("a standard stream is closed, and its number can't be taken", Marshal.GetLastPInvokeError());
        }

        _ = Native.KeepToItself(number);
    }

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
            catch (IOException e)
            {
                throw e.HResult == Native.BrokenPipe ? CliErrors.ReaderLeft(e) : CliErrors.UnwritableOutput(e);
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
            catch (IOException)
            {
                return; // The exit code still tells.
            }
        }
    }
}
