using Sanctum.Storage.Sqlite.Database;

namespace Sanctum.Storage.Sqlite;

/// <summary>What tests turn, so that they need no full disk and no gigabytes.</summary>
internal sealed record StoreTuning
{
    public static StoreTuning Default { get; } = new();

    /// <summary>The database's largest size in pages of 4 KiB; null is SQLite's own limit.</summary>
    public long? MaxPages { get; init; }

    /// <summary>The write-ahead log is cut back once it is longer than this, in bytes, and nobody reads from it.</summary>
    public long LogSoftLimit { get; init; } = 64L << 20;

    /// <summary>Snapshots are given up once they make the write-ahead log longer than this, in bytes.</summary>
    public long LogHardLimit { get; init; } = 2L << 30;

    /// <summary>The schema's steps.</summary>
    public IReadOnlyList<Migration> Migrations { get; init; } = Migration.All;
}
