using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sanctum.Cli.Terminals;

/// <summary>
/// Switches a terminal to handing over each key, unseen, until disposed; also when the process is told to end meanwhile,
/// since a shell that shows nothing of what is typed is a nuisance.
/// </summary>
/// <remarks>
/// <code>
/// struct termios   c_iflag  c_oflag  c_cflag  c_lflag  c_line   c_cc[VTIME]  c_cc[VMIN]
/// Linux            0 (u32)  4        8        12       16 (u8)  17+5         17+6
/// macOS            0 (u64)  8        16       24       -        32+17        32+16
/// </code>
/// </remarks>
internal sealed class TerminalMode : IDisposable
{
    private const int Now = 0; // TCSANOW
    private readonly int _descriptor;
    private readonly byte[] _before = new byte[128]; // 60 bytes on Linux, 72 on macOS
    private readonly List<PosixSignalRegistration> _signals = [];

    private readonly Action _restored;

    private TerminalMode(int descriptor, Action restored) => (_descriptor, _restored) = (descriptor, restored);

    /// <param name="terminal">The terminal.</param>
    /// <param name="restored">What is done besides when it is as it was; possibly twice.</param>
    public static TerminalMode? Unseen(SafeFileHandle terminal, Action restored)
    {
        var mode = new TerminalMode((int)terminal.DangerousGetHandle(), restored);
        if (Native.GetAttributes(mode._descriptor, mode._before) != 0)
        {
            return null;
        }

        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
        {
            mode._signals.Add(PosixSignalRegistration.Create(signal, _ => mode.Restore()));
        }

        var during = mode._before.ToArray();
        ClearEchoLinesAndSignals(during);
        return Native.SetAttributes(mode._descriptor, Now, during) == 0 ? mode : null;
    }

    public void Dispose()
    {
        Restore();
        _signals.ForEach(it => it.Dispose());
    }

    private void Restore()
    {
        _ = Native.SetAttributes(_descriptor, Now, _before);
        _restored();
    }

    // ECHO is 8 on both. Ctrl-C is read as a key (no ISIG): then there is no moment at which it could leave the echo off. Nothing is
    // done to other keys either: what is pasted can have any of them in it, and a carriage return is told from a line feed.
    private static void ClearEchoLinesAndSignals(Span<byte> attributes)
    {
        if (OperatingSystem.IsMacOS())
        {
            const ulong Flags = 0x8 | 0x100 | 0x80 | 0x400; // ECHO, ICANON, ISIG, IEXTEN
            const ulong InputFlags = 0x20 | 0x40 | 0x80 | 0x100 | 0x200; // ISTRIP, INLCR, IGNCR, ICRNL, IXON
            BinaryPrimitives.WriteUInt64LittleEndian(attributes, BinaryPrimitives.ReadUInt64LittleEndian(attributes) & ~InputFlags);
            var local = attributes[24..];
            BinaryPrimitives.WriteUInt64LittleEndian(local, BinaryPrimitives.ReadUInt64LittleEndian(local) & ~Flags);
            (attributes[32 + 16], attributes[32 + 17]) = (1, 0);
        }
        else
        {
            const uint Flags = 0x8 | 0x2 | 0x1 | 0x8000; // ECHO, ICANON, ISIG, IEXTEN
            const uint InputFlags = 0x20 | 0x40 | 0x80 | 0x100 | 0x400; // ISTRIP, INLCR, IGNCR, ICRNL, IXON
            BinaryPrimitives.WriteUInt32LittleEndian(attributes, BinaryPrimitives.ReadUInt32LittleEndian(attributes) & ~InputFlags);
            var local = attributes[12..];
            BinaryPrimitives.WriteUInt32LittleEndian(local, BinaryPrimitives.ReadUInt32LittleEndian(local) & ~Flags);
            (attributes[17 + 6], attributes[17 + 5]) = (1, 0);
        }
    }
}
