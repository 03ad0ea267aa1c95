namespace Sanctum.Storage.Sqlite.Files;

/// <param name="Owner">The owner's user id; null where the system does not tell.</param>
internal readonly record struct FileFacts(FileKind Kind, UnixFileMode Mode, uint? Owner);

internal enum FileKind
{
    File,
    Folder,
    Link,
    Other,
}
