using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sealing;

namespace Sanctum.Door;

/// <summary>Tells an agent what would become of a call, in the words that the call would be told. It is on the record, since whoever asks often enough learns what the policies are.</summary>
internal static class AccessChecking
{
    public static async Task<AccessCheck> CheckAsync(
        UnsealedVault vault, Caller caller, CredentialPath path, PolicyActions action, string? operation, string? method, string? url, CancellationToken cancellationToken)
    {
        await vault.CatchUpAsync().ConfigureAwait(false);
        var seen = await Foresight.OfAsync(vault, caller.Agent, path, action, operation, method, url, cancellationToken).ConfigureAwait(false);
        await vault.Authorizer.RequireNoHoneytokenAsync(caller, seen.Request, path, AuditActions.AccessCheck).ConfigureAwait(false);
        var refusal = seen.Decision.Allowed ? seen.Refusal ?? (vault.Credentials.TryFind(path, out _) ? null : Errors.CredentialNotFound(path))
            : seen.Decision.Code == VaultErrorCode.ApprovalRequired ? Errors.NeedsApproval(action, path)
            : vault.Authorizer.Refusal(seen.Decision, seen.Request);
        await RecordAsync(vault, caller, path, operation, refusal).ConfigureAwait(false);
        return new AccessCheck(refusal is null, refusal?.Code, refusal?.Message) { Suggestion = refusal?.Suggestion };
    }

    private static async Task RecordAsync(UnsealedVault vault, Caller caller, CredentialPath path, string? operation, VaultException? refusal)
    {
        var entry = AgentEntry.Of(vault, caller, AuditActions.AccessCheck, Authorized.ResourceOf(vault, path)) with
        {
            Operation = operation,
            Outcome = refusal is null ? AuditOutcome.Allowed : AuditOutcome.Denied,
            Reason = refusal?.Code,
        };
        if (refusal is not null)
        {
            await AgentEntry.RecordRefusalAsync(vault, entry).ConfigureAwait(false);
        }
        else if (vault.Tally.TryTake(entry.Actor, Tallied.Lists, entry, out _))
        {
            await vault.Journal.CommitAsync(entry).ConfigureAwait(false);
        }
    }
}
