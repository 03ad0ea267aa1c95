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

    private TerminalMode(int descriptor) => _descriptor = descriptor;

    public static TerminalMode? Unseen(SafeFileHandle terminal)
    {
        var mode = new TerminalMode((int)terminal.DangerousGetHandle());
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

    private void Restore() => _ = Native.SetAttributes(_descriptor, Now, _before);

    // ECHO is 8 on both. Ctrl-C is read as a key (no ISIG): then there is no moment at which it could leave the echo off.
    private static void ClearEchoLinesAndSignals(Span<byte> attributes)
    {
        if (OperatingSystem.IsMacOS())
        {
            const ulong Flags = 0x8 | 0x100 | 0x80; // ECHO, ICANON, ISIG
            var local = attributes[24..];
            BinaryPrimitives.WriteUInt64LittleEndian(local, BinaryPrimitives.ReadUInt64LittleEndian(local) & ~Flags);
            (attributes[32 + 16], attributes[32 + 17]) = (1, 0);
        }
        else
        {
            const uint Flags = 0x8 | 0x2 | 0x1; // ECHO, ICANON, ISIG
            var local = attributes[12..];
            BinaryPrimitives.WriteUInt32LittleEndian(local, BinaryPrimitives.ReadUInt32LittleEndian(local) & ~Flags);
            (attributes[17 + 6], attributes[17 + 5]) = (1, 0);
        }
    }
}
