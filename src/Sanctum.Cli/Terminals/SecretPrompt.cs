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

    // How long it is waited for more of a paste, in milliseconds. A terminal hands over a paste faster than a person types another line.
    private const int PasteGap = 250;

    // The terminal then says where a paste begins and ends, so that a line break in it is not taken for Enter.
    private const string MarkPastes = "\e[?2004h";
    private const string LeavePastes = "\e[?2004l";

    /// <summary>
    /// Whether there is somebody to ask. A process in the background of a terminal has <c>/dev/tty</c> too: only where stdin or
    /// stderr is the terminal is somebody looking at it.
    /// </summary>
    public static bool IsPossible => (!Console.IsInputRedirected || !Console.IsErrorRedirected) && CanOpen();

    /// <summary>What was typed up to the end of the line, as UTF-8. The caller zeroes it.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C or Ctrl-D was typed.</exception>
    public static byte[] Ask(string prompt) => Ask(prompt, takesLines: false);

    /// <summary>The same for a secret that may be pasted in several lines: PEM, JSON, and anything where the terminal marks pastes.</summary>
    /// <exception cref="OperationCanceledException">Ctrl-C or Ctrl-D was typed.</exception>
    public static byte[] AskForLines(string prompt) => Ask(prompt, takesLines: true);

    private static bool MarksPastes => Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } terminal && terminal != "dumb";

    private static byte[] Ask(string prompt, bool takesLines)
    {
        using var terminal = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        using var mode = TerminalMode.Unseen(terminal.SafeFileHandle, () => Say(terminal, MarksPastes ? LeavePastes : ""))
            ?? throw new IOException("the terminal can't be kept from showing what is typed");
        var descriptor = (int)terminal.SafeFileHandle.DangerousGetHandle();
        Say(terminal, MarksPastes ? MarkPastes + prompt : prompt);
        var typed = GC.AllocateUninitializedArray<byte>(MaxBytes, pinned: true);
        try
        {
            var keys = new TypedSecret(terminal, () => Native.IsReadable(descriptor, PasteGap), text => Say(terminal, text), typed, takesLines);
            return Passphrases.PinnedCopy(typed.AsSpan(0, keys.Read()));
        }
        catch
        {
            // What is left of a paste would be typed into the shell, which runs it and writes it down.
            Discard(terminal, descriptor);
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
            Say(terminal, "\n");
        }
    }

    private static void Discard(FileStream terminal, int descriptor)
    {
        Span<byte> rest = stackalloc byte[4096];
        while (Native.IsReadable(descriptor, PasteGap) && terminal.Read(rest) > 0)
        {
            rest.Clear();
        }

        Native.FlushInput(descriptor);
    }

    private static void Say(FileStream terminal, string text)
    {
        if (text.Length > 0)
        {
            terminal.Write(Encoding.UTF8.GetBytes(text));
        }
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
