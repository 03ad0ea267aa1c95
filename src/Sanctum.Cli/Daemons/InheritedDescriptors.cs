using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Daemons;

/// <summary>
/// Files and pipes above the standard streams that whoever started this program has left open for it, such as a shell script's lock (<c>exec 9&gt;lock; flock 9</c>).
/// A daemon that had them would hold the lock for as long as it runs. They are known by what they lack: .NET opens everything so that it is closed on exec.
/// </summary>
internal static class InheritedDescriptors
{
    private const string Open = "/proc/self/fd";
    private const int LastStandard = 2;

    /// <summary>Keeps them from the programs that this one starts.</summary>
    public static void KeepFromChildren()
    {
        foreach (var descriptor in Find())
        {
            _ = Native.KeepToItself(descriptor);
        }
    }

    /// <summary>Closes them, for a program that stays. What one of them was for, such as a passphrase file of the shell's, has to have been done.</summary>
    public static void Close()
    {
        foreach (var descriptor in Find())
        {
            _ = Native.Close(descriptor);
        }
    }

    // A list first: reading the folder has one open itself.
    private static int[] Find() => !Directory.Exists(Open) ? [] :
    [
        .. from entry in Directory.GetFileSystemEntries(Open)
           let descriptor = int.Parse(Path.GetFileName(entry), System.Globalization.CultureInfo.InvariantCulture)
           where descriptor > LastStandard && Native.DescriptorFlags(descriptor) == 0
           select descriptor,
    ];
}
