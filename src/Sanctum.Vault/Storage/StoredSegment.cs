namespace Sanctum.Storage;

/// <summary>A run of audit entries that were committed together, encrypted as one.</summary>
/// <param name="FirstSequence">The first entry's number, from 1; segments follow on one another without a gap.</param>
/// <param name="Count">How many entries there are.</param>
/// <param name="Data">Ciphertext.</param>
public readonly record struct StoredSegment(long FirstSequence, int Count, ReadOnlyMemory<byte> Data);
