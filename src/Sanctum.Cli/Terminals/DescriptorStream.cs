using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// One of the standard streams, by its number. Not those of <see cref="Console"/>: before they write anything they send a terminal <c>ESC[?1h ESC=</c>, which
/// ends up in what scripts and recordings keep; and they take a reader that has left for one that has read all of it. Nor a <see cref="FileStream"/>, which writes
/// to files at a position of its own and leaves the shared one where it was: what the shell writes next would overwrite it.
/// </summary>
internal sealed class DescriptorStream(int descriptor, bool writes) : Stream
{
    public override bool CanRead => !writes;

    public override bool CanSeek => false;

    public override bool CanWrite => writes;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var read = Native.Read(descriptor, buffer, buffer.Length);
            if (read >= 0)
            {
                return (int)read;
            }

            RequireAnotherTry();
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = Native.Write(descriptor, buffer, buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
            }
            else
            {
                RequireAnotherTry();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // A stream that is shared with another program may have been made not to wait.
    private void RequireAnotherTry()
    {
        var error = Marshal.GetLastPInvokeError();
        if (error == Native.TryAgain)
        {
            Native.WaitUntilReady(descriptor, writes);
        }
        else if (error != Native.Interrupted)
        {
            throw new IOException(new Win32Exception(error).Message, error);
        }
    }
}
