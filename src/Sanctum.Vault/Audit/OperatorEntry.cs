using Sanctum.Sealing;

namespace Sanctum.Audit;

/// <summary>Makes the entries of what an operator did.</summary>
internal static class OperatorEntry
{
    public static AuditEntry Of(UnsealedVault vault, string action, string? resource, params ReadOnlySpan<(string Name, string Value)> details)
    {
        Dictionary<string, string> particulars = [];
        foreach (var (name, value) in details)
        {
            particulars.Add(name, value);
        }

        return new AuditEntry
        {
            Time = vault.Now,
            Actor = Actors.Operator,
            Action = action,
            Resource = resource,
            Outcome = AuditOutcome.Allowed,
            Details = particulars.Count == 0 ? null : particulars,
        };
    }
}
