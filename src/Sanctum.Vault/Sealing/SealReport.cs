namespace Sanctum.Sealing;

/// <summary>What came of sealing a vault. It is sealed either way.</summary>
/// <param name="Changed">Whether it was unsealed before.</param>
/// <param name="NotRecorded">Why the audit log has no entry of the sealing, nor of what was left to be written with it; null when all is recorded.</param>
public sealed record SealReport(bool Changed, VaultException? NotRecorded = null);
