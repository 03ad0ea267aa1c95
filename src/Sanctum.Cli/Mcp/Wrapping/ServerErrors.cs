using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Sanctum.Mcp.Wrapping;
using Sanctum.Mcp.Wrapping.Cleaning;

namespace Sanctum.Cli.Mcp.Wrapping;

/// <summary>What a wrapped server writes to its standard error, passed on line by line: without secrets, with hidden characters shown, and not more than a person could want to read.</summary>
internal sealed class ServerErrors(Stream errors, ISecretFilter? secrets, Stream output)
{
    private const int LongestLine = 8 * 1024;
    private const int EachSecond = 64 * 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private long _since = TimeProvider.System.GetTimestamp();
    private int _written;
    private long _leftOut;

    /// <summary>Passes all of it on.</summary>
    public async Task PassAsync()
    {
        var reader = PipeReader.Create(errors);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync().ConfigureAwait(false);
                var buffer = read.Buffer;
                while (LineOf(ref buffer, read.IsCompleted) is { } line)
                {
                    Pass(line);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The server has ended.
        }

        Say();
    }

    // A line that is too long is several.
    private static byte[]? LineOf(ref ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (buffer.IsEmpty)
        {
            return null;
        }

        var end = buffer.PositionOf((byte)'\n');
        var whole = end is { } at ? buffer.Slice(0, at) : buffer;
        if (whole.Length > LongestLine)
        {
            var part = buffer.Slice(0, LongestLine).ToArray();
            buffer = buffer.Slice(LongestLine);
            return part;
        }

        if (end is null && !isLast)
        {
            return null;
        }

        buffer = end is { } there ? buffer.Slice(buffer.GetPosition(1, there)) : buffer.Slice(buffer.End);
        return whole.ToArray();
    }

    private void Pass(byte[] line)
    {
        if (TimeProvider.System.GetElapsedTime(_since) >= Second)
        {
            Say();
            (_since, _written) = (TimeProvider.System.GetTimestamp(), 0);
        }

        if (_written + line.Length > EachSecond)
        {
            _leftOut += line.Length;
            return;
        }

        _written += line.Length;
        output.Write(Encoding.UTF8.GetBytes(HiddenText.Show(Encoding.UTF8.GetString(Without(line)).TrimEnd('\r')) + "\n"));
    }

    private ReadOnlySpan<byte> Without(byte[] line)
    {
        try
        {
            var clean = new ArrayBufferWriter<byte>();
            return secrets?.Replace(line, clean) > 0 ? clean.WrittenSpan : line;
        }
        catch (SecretFilterException)
        {
            return "[a line that could not be searched for secrets]"u8;
        }
    }

    private void Say()
    {
        if (_leftOut > 0)
        {
            output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{_leftOut} bytes of the server's standard error are left out]\n")));
            _leftOut = 0;
        }
    }
}
