using System.Runtime.InteropServices;

namespace Sanctum.Storage.Sqlite.Files;

/// <summary>The flags of open(2), which differ between systems and, on Linux, between processors.</summary>
internal static class OpenFlags
{
    public const int Write = 1;

    public static int Create { get; } = OperatingSystem.IsMacOS() ? 0x200 : 0x40;

    public static int Append { get; } = OperatingSystem.IsMacOS() ? 0x8 : 0x400;

    public static int DoNotWait { get; } = OperatingSystem.IsMacOS() ? 0x4 : 0x800;

    public static int CloseOnExec { get; } = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    public static int DoNotFollow { get; } =
        OperatingSystem.IsMacOS() ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000
        : 0x20000;
}
