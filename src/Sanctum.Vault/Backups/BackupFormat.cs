namespace Sanctum.Backups;

/// <summary>
/// A backup is the whole store, encrypted, in one file. Its checksum finds damage; that nothing was changed, only the
/// passphrase can show.
/// </summary>
/// <remarks>
/// <code>
/// "SANCTUM-BACKUP-1\n" | length (4) | vault.sealed
/// then any number of
///   'R' | collection (1) | id (16) | revision (8) | length (4) | data
///   'L' | first sequence (8) | count (4) | length (4) | data
/// 'E' | SHA-256 (32) of everything before it, the 'E' included
/// </code>
/// Numbers are big-endian.
/// </remarks>
internal static class BackupFormat
{
    public const byte Record = (byte)'R';
    public const byte Segment = (byte)'L';
    public const byte End = (byte)'E';
    public const int RecordHeader = 1 + 16 + 8 + 4;
    public const int SegmentHeader = 8 + 4 + 4;
    public const int MaxKeyDocument = 4096;

    // A segment holds at most a batch of the journal; a record at most a secret.
    public const int MaxData = 256 * 1024 * 1024;

    public static ReadOnlySpan<byte> Magic => "SANCTUM-BACKUP-1\n"u8;
}
