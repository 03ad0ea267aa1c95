namespace Sanctum.Storage;

/// <summary>Which record: a collection, and in it a keyed hash of the record's name, so that a store never sees names.</summary>
/// <param name="Collection">The collection's number.</param>
/// <param name="Id">The hash.</param>
public readonly record struct RecordKey(byte Collection, UInt128 Id);
