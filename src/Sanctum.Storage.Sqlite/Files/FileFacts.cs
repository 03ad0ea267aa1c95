namespace Sanctum.Storage.Sqlite.Files;

/// <param name="Owner">The owner's user id; null where the system does not tell.</param>
internal readonly record struct FileFacts(FileKind Kind, UnixFileMode Mode, uint? Owner)
{
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>What lies at a path, not at what it links to; null when nothing does. On Windows, where modes mean nothing, null.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system does not tell.</exception>
    public static FileFacts? At(string path) => OperatingSystem.IsWindows() ? null : Posix.Inspect(path);

    /// <summary>Whether the mode lets users besides the owner write it.</summary>
    public bool IsWritableByOthers => (Mode & OthersWrite) != 0;

    /// <summary>Whether it belongs to somebody who is neither root nor this process's user.</summary>
    public bool IsForeign => !OperatingSystem.IsWindows() && Owner is { } owner && owner != 0 && owner != Posix.EffectiveUser;
}

internal enum FileKind
{
    File,
    Folder,
    Link,
    Socket,
    Pipe,
    Device,
}
