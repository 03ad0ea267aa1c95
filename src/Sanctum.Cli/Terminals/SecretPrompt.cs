using System.Security.Cryptography;
using System.Text;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Asks for a secret on the terminal itself, unseen: stdin may be a pipe with something else in it. The bytes never become a
/// string, which could not be zeroed.
/// </summary>
internal static class SecretPrompt
{
    private const int MaxBytes = 64 * 1024;
    private const string Device = "/dev/tty";

    /// <summary>
    /// Whether there is somebody to ask. A process in the background of a terminal has <c>/dev/tty</c> too: only where stdin or
    /// stderr is the terminal is somebody looking at it.
    /// </summary>
    public static bool IsPossible => (!Console.IsInputRedirected || !Console.IsErrorRedirected) && CanOpen();

    /// <summary>What was typed up to the end of the line, as UTF-8. The caller zeroes it.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C or Ctrl-D was typed.</exception>
    public static byte[] Ask(string prompt)
    {
        using var terminal = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        using var mode = TerminalMode.Unseen(terminal.SafeFileHandle) ?? throw new IOException("the terminal can't be kept from showing what is typed");
        terminal.Write(Encoding.UTF8.GetBytes(prompt));
        var typed = GC.AllocateUninitializedArray<byte>(MaxBytes, pinned: true);
        try
        {
            var length = ReadLine(terminal, typed);
            return Passphrases.PinnedCopy(typed.AsSpan(0, length));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
            terminal.Write("\n"u8);
        }
    }

    internal static int ReadLine(Stream keys, Span<byte> line)
    {
        var length = 0;
        while (true)
        {
            switch (keys.ReadByte())
            {
                case '\r' or '\n':
                    return length;
                case -1 or 0x03 or 0x04: // Ctrl-C, Ctrl-D
                    throw new OperationCanceledException();
                case 0x08 or 0x7f: // Backspace takes a whole character: its last byte and the continuation bytes before it.
                    length = LengthWithoutLast(line[..length]);
                    break;
                case 0x15: // Ctrl-U
                    length = 0;
                    break;
                case var key when length < line.Length:
                    line[length++] = (byte)key;
                    break;
                default:
                    throw new IOException("that is too long to be typed");
            }
        }
    }

    private static int LengthWithoutLast(ReadOnlySpan<byte> line)
    {
        var length = line.Length;
        while (length > 0 && (line[--length] & 0xC0) == 0x80)
        {
        }

        return length;
    }

    private static bool CanOpen()
    {
        try
        {
            using var terminal = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // No controlling terminal: a service, a container without -t, a build.
        }
    }
}
