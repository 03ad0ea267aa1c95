namespace Sanctum.Storage;

/// <summary>An encrypted record, as a store keeps it.</summary>
/// <param name="Key">Which.</param>
/// <param name="Revision">Its revision; it is bound into <paramref name="Data"/>, so that a store that lies about it is found out.</param>
/// <param name="Data">Ciphertext.</param>
public readonly record struct StoredRecord(RecordKey Key, long Revision, ReadOnlyMemory<byte> Data);
