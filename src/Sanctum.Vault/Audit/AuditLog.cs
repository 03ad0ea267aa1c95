#pragma warning disable CS1591, CA1822, IDE0060
namespace Sanctum.Audit;

public sealed class AuditLog
{
    internal AuditLog() { }
    /// <summary>In order of sequence.</summary>
    public IAsyncEnumerable<AuditEntry> ReadAsync(Operator by, AuditQuery? query = null, CancellationToken cancellationToken = default) => throw null!;
    /// <summary>Throws Damaged, naming the first entry that does not fit.</summary>
    public Task<AuditVerification> VerifyAsync(Operator by, CancellationToken cancellationToken = default) => throw null!;
}
