namespace Sanctum.Storage.Sqlite.Files;

/// <summary>Which file something is, what was last written to it, and when it was last changed in any way, its links and mode included.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Inode">The file on it. As long as it is open, no other file has this number.</param>
/// <param name="IsPlain">Whether it is a plain file.</param>
/// <param name="Seconds">The time of the last change, or 0 where it was not asked for; unlike the time of the last write, nobody can set it.</param>
/// <param name="Nanoseconds">The rest of it.</param>
/// <param name="Written">Its length, and when something was last written to it.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Inode, bool IsPlain, long Seconds, uint Nanoseconds, FileContentMark Written)
{
    public bool IsSameFile(FileIdentity other) => (Device, Inode) == (other.Device, other.Inode);
}

/// <summary>What a write or a truncation changes of a file, and a link or a change of mode does not. The time is 0 unless it was requested.</summary>
internal readonly record struct FileContentMark(ulong Length, long Seconds, uint Nanoseconds);
